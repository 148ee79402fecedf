import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- bench: begin -->';
const END = '<!-- bench: end -->';

/** Puts `text` between the two markers of a document and leaves the prose around them as it is. */
export const replaceBetweenMarkers = (document: string, text: string): string => {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`the document lacks the markers ${BEGIN} and ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n${text}\n${document.slice(end)}`;
};

export const writeIntoDocument = (path: string, text: string): void =>
  writeFileSync(path, replaceBetweenMarkers(readFileSync(path, 'utf8'), text));
