import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitLines } from '../../../operator/kube/lines.ts';

async function* chunks(parts: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* parts;
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const got: string[] = [];
  for await (const line of lines) got.push(line);
  return got;
}

it('gives the same lines however the bytes are cut, and drops half a line at the end', async () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
      async (lines, sizes) => {
        const bytes = Buffer.from(`${lines.map((each) => `${each}\n`).join('')}half`);
        const parts: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; ) {
          const size = Number(sizes.next().value);
          parts.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(await all(splitLines(chunks(parts)))).toEqual(lines);
      },
    ),
  );
});

it('gives up a line that never ends', async () => {
  const part = Buffer.alloc(1 << 20, 'x');
  const endless = Array.from({ length: 17 }, () => part);
  await expect(all(splitLines(chunks(endless)))).rejects.toThrow('a line of more than 16777216 characters');
});
