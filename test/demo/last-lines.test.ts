import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LastLines } from '../../demo/last-lines.ts';

describe('the last lines of a stream', () => {
  it('are whole however they arrive, and the unfinished one is among them', async () => {
    const stream = new PassThrough();
    const lines = new LastLines();
    const heard: string[] = [];
    lines.onLine = (line) => heard.push(line);
    lines.read(stream);
    for (const chunk of ['fir', 'st\nsec', 'ond\n', 'third']) stream.write(chunk);
    await new Promise((resolve) => stream.end(resolve));
    expect(heard).toEqual(['first', 'second']);
    expect(lines.lines).toEqual(['first', 'second', 'third']);
  });

  it('are bounded in number and length', async () => {
    const stream = new PassThrough();
    const lines = new LastLines();
    lines.read(stream);
    stream.write(`${'x\n'.repeat(100)}${'y'.repeat(100_000)}`);
    await new Promise((resolve) => stream.end(resolve));
    expect(lines.lines.length).toBeLessThanOrEqual(21);
    expect(lines.lines.at(-1)?.length).toBeLessThanOrEqual(4_000);
  });
});
