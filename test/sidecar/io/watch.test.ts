import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Note } from '../../../sidecar/effect.ts';
import { watchFile } from '../../../sidecar/io/watch.ts';
import { temporaryDir } from './bindings.ts';

function start(prepare: (dir: string) => string) {
  const dir = temporaryDir();
  onTestFinished(dir.remove);
  const path = prepare(dir.path);
  const texts: string[] = [];
  const notes: Note[] = [];
  let look = (): void => {};
  const changed = (text: string): void => {
    texts.push(text);
    look();
  };
  const noted = (note: Note): void => {
    notes.push(note);
    look();
  };
  const watching = watchFile(path, 'first', changed, noted);
  onTestFinished(() => watching.close());
  const until = (isDone: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => isDone() && resolve();
      look();
    });
  return { dir: dir.path, path, texts, notes, until };
}

const plainFile = (dir: string): string => {
  const path = join(dir, 'pbx.yaml');
  writeFileSync(path, 'first');
  return path;
};

it('tells the new text of a file that is written over, once', async () => {
  const { path, texts, until } = start(plainFile);
  writeFileSync(path, 'second');
  await until(() => texts.length === 1);
  writeFileSync(path, 'third');
  await until(() => texts.length === 2);
  expect(texts).toEqual(['second', 'third']);
});

it('follows a file that an editor replaces', async () => {
  const { path, texts, until } = start(plainFile);
  writeFileSync(`${path}.new`, 'second');
  renameSync(`${path}.new`, path);
  await until(() => texts.length === 1);
  writeFileSync(`${path}.new`, 'third');
  renameSync(`${path}.new`, path);
  await until(() => texts.length === 2);
  expect(texts).toEqual(['second', 'third']);
});

it('follows the symbolic links of a mounted ConfigMap', async () => {
  const { dir, texts, until } = start((path) => {
    mkdirSync(join(path, '..v1'));
    writeFileSync(join(path, '..v1', 'pbx.yaml'), 'first');
    symlinkSync('..v1', join(path, '..data'));
    symlinkSync(join('..data', 'pbx.yaml'), join(path, 'pbx.yaml'));
    return join(path, 'pbx.yaml');
  });
  mkdirSync(join(dir, '..v2'));
  writeFileSync(join(dir, '..v2', 'pbx.yaml'), 'second');
  symlinkSync('..v2', join(dir, '..data.new'));
  renameSync(join(dir, '..data.new'), join(dir, '..data'));
  await until(() => texts.length === 1);
  expect(texts).toEqual(['second']);
});

it('does not tell of a file that is written again with the same text, nor of an empty one', async () => {
  const { path, texts, until } = start(plainFile);
  writeFileSync(path, 'first');
  writeFileSync(path, '');
  // Looked at by now, in the state above.
  await new Promise((resolve) => setTimeout(resolve, 250));
  writeFileSync(path, 'second');
  await until(() => texts.length === 1);
  expect(texts).toEqual(['second']);
});

it('says once that the file is gone, and takes it up when it is back', async () => {
  const { path, texts, notes, until } = start(plainFile);
  rmSync(path);
  await until(() => notes.length === 1);
  expect(notes[0]).toMatchObject({ level: 'warn', event: 'resource not readable' });
  writeFileSync(path, 'second');
  await until(() => texts.length === 1);
  expect(notes).toHaveLength(1);
});
