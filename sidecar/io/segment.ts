import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Latin1Buffer } from '../wire/latin1.ts';

/** Before the lines of a block: `=`, their length and their CRC-32 in eight hexadecimal digits each, and a line's end. */
const HEAD_BYTES = 19;

const LINE_FEED = 10;
const EQUALS = 61;

const hex = (number: number): string => number.toString(16).padStart(8, '0');

/** Lines of latin1 text, each with its line feed, as they are appended: in one piece that is known to be whole. */
export function blockOf(lines: string): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + lines.length) as Latin1Buffer;
  bytes.latin1Write(lines, HEAD_BYTES, lines.length);
  const head = `=${hex(lines.length)} ${hex(crc32(bytes.subarray(HEAD_BYTES)))}\n`;
  bytes.latin1Write(head, 0, HEAD_BYTES);
  return bytes;
}

/** Where the lines of whole blocks are, and how many places between them are damaged. */
export interface Blocks {
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
  readonly damaged: number;
}

/**
 * Finds the blocks of a segment. What is damaged is passed over up to the next whole block; a block at the end that
 * was cut short is none: whoever wrote it ended before it was said to be written.
 */
export function blocksOf(segment: Buffer): Blocks {
  const bytes = segment as Latin1Buffer;
  const ranges: { from: number; to: number }[] = [];
  let damaged = 0;
  let isDamaged = false;
  let at = 0;
  while (at >= 0 && at + HEAD_BYTES <= bytes.length) {
    const to = endOfBlock(bytes, at);
    if (to > 0) {
      if (isDamaged) damaged++;
      isDamaged = false;
      ranges.push({ from: at + HEAD_BYTES, to });
      at = to;
    } else {
      isDamaged = true;
      at = bytes.indexOf('\n=', at, 'latin1') + 1;
      if (at === 0) break;
    }
  }
  return { ranges, damaged };
}

/** Index after the whole block that starts at `at`; -1 where there is none. */
function endOfBlock(bytes: Latin1Buffer, at: number): number {
  if (bytes[at] !== EQUALS || bytes[at + HEAD_BYTES - 1] !== LINE_FEED) return -1;
  const length = Number.parseInt(bytes.latin1Slice(at + 1, at + 9), 16);
  const crc = Number.parseInt(bytes.latin1Slice(at + 10, at + 18), 16);
  const to = at + HEAD_BYTES + length;
  if (!(length > 0) || to > bytes.length) return -1;
  return crc32(bytes.subarray(at + HEAD_BYTES, to)) === crc ? to : -1;
}

const NAME = /^(\d{10})\.log$/;

/** A segment's file; numbers go up. */
export const segmentPath = (directory: string, number: number): string =>
  join(directory, `${String(number).padStart(10, '0')}.log`);

/** The numbers of a directory's segments, the oldest first. */
export async function segmentNumbers(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  const numbers = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b);
}

/** One file of the journal that is appended to. */
export class Segment {
  readonly number: number;
  readonly #file: FileHandle;
  #size = 0;
  #isSynced = true;

  private constructor(number: number, file: FileHandle) {
    this.number = number;
    this.#file = file;
  }

  /** Makes the file, which must not be there; rejects where it can't be made. */
  static async create(directory: string, number: number): Promise<Segment> {
    return new Segment(number, await open(segmentPath(directory, number), 'wx', 0o600));
  }

  /** Bytes of whole blocks. */
  get size(): number {
    return this.#size;
  }

  /** Appends a block; rejects, and leaves what was there as it was, where it does not fit on the disk. */
  async append(block: Buffer): Promise<void> {
    this.#isSynced = false;
    let written = 0;
    try {
      while (written < block.length) {
        const left = block.length - written;
        written += (await this.#file.write(block, written, left, this.#size + written)).bytesWritten;
      }
    } catch (error) {
      await this.#file.truncate(this.#size).catch(() => {});
      throw error;
    }
    this.#size += block.length;
  }

  /** Sees to it that what was appended outlives a loss of power. */
  async sync(): Promise<void> {
    if (this.#isSynced) return;
    this.#isSynced = true;
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
