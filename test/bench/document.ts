import { readFileSync, writeFileSync } from 'node:fs';

/** Whose figures stand between two markers. */
export type Part = 'bench' | 'million' | 'soak' | 'flood' | 'hand-over' | 'operator';

/** Puts `text` between the two markers of a document and leaves the prose around them as it is. */
export const replaceBetweenMarkers = (document: string, text: string, part: Part = 'bench'): string => {
  const [beginMark, endMark] = [`<!-- ${part}: begin -->`, `<!-- ${part}: end -->`];
  const begin = document.indexOf(beginMark);
  const end = document.indexOf(endMark, begin);
  if (begin < 0 || end < 0) throw new Error(`the document lacks the markers ${beginMark} and ${endMark}`);
  return `${document.slice(0, begin + beginMark.length)}\n${text}\n${document.slice(end)}`;
};

export const writeIntoDocument = (path: string, text: string, part: Part = 'bench'): void =>
  writeFileSync(path, replaceBetweenMarkers(readFileSync(path, 'utf8'), text, part));
