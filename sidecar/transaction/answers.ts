import { type Flow, TRANSPORTS } from '../wire/flow.ts';
import type { Latin1Buffer } from '../wire/latin1.ts';
import type { KeyHash } from './key-hash.ts';

/** One repetition's answer: what to send again ('' for nothing), and where. */
export interface Answered {
  readonly flow: Flow;
  readonly text: string;
}

/** How many entries one chunk has depends on their size; the largest entry (two datagrams' worth) fits in any. */
const CHUNK = 1 << 18;

/** In all, however large the answers are that somebody has us keep. */
const MOST_BYTES = 1 << 28;

/** As many as there are answers at some thousands a second, so that nearly every question ends at its bucket. */
const BUCKETS = 1 << 18;

/** Entries of one bucket that are looked at: whoever makes keys that collide is only taken for someone new. */
const LONGEST_CHAIN = 64;

/** Before the texts of each entry, in words of 4 bytes: two doubles and nine integers. */
const HEAD_WORDS = 14;
const HEAD = HEAD_WORDS * 4;

// Places in the head: of doubles in units of 8 bytes, of integers in units of 4.
const PREVIOUS = 0;
const UNTIL = 1;
const HASH = 4;
const SIZE = 5;
const KEY = 6;
const ADDRESS = 7;
const LISTENER = 8;
const TEXT = 9;
const PORT = 10;
const TRANSPORT = 11;
const CONNECTION = 12;

/** The rest of a chunk is unused. */
const NO_MORE = 0;

class Chunk {
  readonly bytes = Buffer.allocUnsafeSlow(CHUNK) as Latin1Buffer;
  readonly doubles = new Float64Array(this.bytes.buffer, this.bytes.byteOffset, CHUNK / 8);
  readonly words = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, CHUNK / 4);

  /** Gives its memory back at once, not when the garbage collector comes by. */
  free(): void {
    (this.bytes.buffer as ArrayBuffer).transfer(0);
  }
}

/**
 * The final answers to requests other than INVITE, which are sent again when the request is (RFC 3261 §17.2.2, state
 * Completed), for as long as timer J runs. There are as many as are answered in 32 s, and nearly none is ever asked for:
 * so they are bytes in a queue of chunks, which the garbage collector neither sees nor moves. A place is a count of bytes
 * that only grows; what is older than the oldest place is forgotten.
 */
export class Answers {
  /** The place of the newest entry of each bucket; entries lead on to the one before. */
  readonly #buckets = new Float64Array(BUCKETS).fill(-1);
  #chunks: Chunk[] = [];
  #spare: Chunk | undefined;
  /** Place where the first chunk starts. */
  #start = 0;
  /** Place of the oldest entry, and after the newest. */
  #oldest = 0;
  #end = 0;
  #count = 0;
  readonly #hash: KeyHash;

  constructor(hash: KeyHash) {
    this.#hash = hash;
  }

  /** How many are kept at `now` (ms). */
  count(now: number): number {
    this.forgetOver(now);
    return this.#count;
  }

  /** Keeps an answer until `until` (ms), which is never earlier than that of the one before. */
  keep(key: string, flow: Flow, text: string, until: number, now: number): void {
    const { address, listener } = flow;
    const length = key.length + address.length + listener.length + text.length;
    const size = (HEAD + length + 7) & ~7;
    // An answer larger than a datagram has gone by no datagram.
    if (size > CHUNK) return;
    this.forgetOver(now);
    const at = this.#room(size);
    const chunk = this.#chunks[this.#chunks.length - 1] as Chunk;
    const word = at >> 2;
    const hash = this.#hash.of(key);
    const bucket = hash & (BUCKETS - 1);
    chunk.doubles[(at >> 3) + PREVIOUS] = this.#buckets[bucket]!;
    chunk.doubles[(at >> 3) + UNTIL] = until;
    const { words } = chunk;
    words[word + HASH] = hash;
    words[word + SIZE] = size;
    words[word + KEY] = key.length;
    words[word + ADDRESS] = address.length;
    words[word + LISTENER] = listener.length;
    words[word + TEXT] = text.length;
    words[word + PORT] = flow.port;
    words[word + TRANSPORT] = TRANSPORTS.indexOf(flow.transport);
    words[word + CONNECTION] = flow.connection;
    chunk.bytes.latin1Write(key + address + listener + text, at + HEAD, length);
    this.#buckets[bucket] = this.#end;
    this.#end += size;
    this.#count++;
  }

  /** The answer to a request of that key; undefined where none is kept. */
  find(key: string, now: number): Answered | undefined {
    const hash = this.#hash.of(key);
    let place = this.#buckets[hash & (BUCKETS - 1)]!;
    for (let steps = 0; place >= this.#oldest && steps < LONGEST_CHAIN; steps++) {
      const chunk = this.#chunkAt(place);
      const at = (place - this.#start) % CHUNK;
      if (chunk.words[(at >> 2) + HASH] === hash && isKey(chunk, at, key))
        return chunk.doubles[(at >> 3) + UNTIL]! > now ? read(chunk, at) : undefined;
      place = chunk.doubles[(at >> 3) + PREVIOUS]!;
    }
    return undefined;
  }

  /** Forgets the oldest; false where there is none. */
  forgetOldest(): boolean {
    if (this.#oldest === this.#end) return false;
    const chunk = this.#chunkAt(this.#oldest);
    this.#oldest += chunk.words[(((this.#oldest - this.#start) % CHUNK) >> 2) + SIZE]!;
    this.#count--;
    this.#drop();
    return true;
  }

  /** Forgets those whose time is over. */
  forgetOver(now: number): void {
    while (this.#oldest < this.#end) {
      const at = (this.#oldest - this.#start) % CHUNK;
      if (this.#chunkAt(this.#oldest).doubles[(at >> 3) + UNTIL]! > now) return;
      this.forgetOldest();
    }
  }

  #chunkAt(place: number): Chunk {
    return this.#chunks[Math.floor((place - this.#start) / CHUNK)] as Chunk;
  }

  /** Index in the last chunk where so many bytes are free, which `#end` is moved to. */
  #room(size: number): number {
    const used = (this.#end - this.#start) % CHUNK;
    const isFull = this.#end - this.#start === this.#chunks.length * CHUNK;
    if (!isFull && used + size <= CHUNK) return used;
    if (!isFull) {
      // Less than a head's room may be left: then nothing is written, and `#drop` goes on by the place alone.
      if (used + HEAD <= CHUNK)
        (this.#chunks[this.#chunks.length - 1] as Chunk).words[(used >> 2) + SIZE] = NO_MORE;
      this.#end += CHUNK - used;
      if (this.#count === 0) this.#oldest = this.#end;
    }
    while ((this.#chunks.length + 1) * CHUNK > MOST_BYTES && this.forgetOldest());
    this.#drop();
    this.#chunks.push(this.#spare ?? new Chunk());
    this.#spare = undefined;
    return 0;
  }

  /** Moves the oldest place over the unused end of its chunk, and gives up chunks that lie before it. */
  #drop(): void {
    const at = (this.#oldest - this.#start) % CHUNK;
    if (at > 0 && this.#oldest < this.#end) {
      const isEnd = at + HEAD > CHUNK || this.#chunkAt(this.#oldest).words[(at >> 2) + SIZE] === NO_MORE;
      if (isEnd) this.#oldest += CHUNK - at;
    }
    while (this.#chunks.length > 0 && this.#oldest - this.#start >= CHUNK) {
      this.#spare?.free();
      this.#spare = this.#chunks.shift();
      this.#start += CHUNK;
    }
  }
}

function isKey(chunk: Chunk, at: number, key: string): boolean {
  if (chunk.words[(at >> 2) + KEY] !== key.length) return false;
  return chunk.bytes.latin1Slice(at + HEAD, at + HEAD + key.length) === key;
}

function read({ bytes, words }: Chunk, at: number): Answered {
  const word = at >> 2;
  let from = at + HEAD + words[word + KEY]!;
  const cut = (length: number): string => {
    const start = from;
    from += length;
    return bytes.latin1Slice(start, from);
  };
  const address = cut(words[word + ADDRESS]!);
  const listener = cut(words[word + LISTENER]!);
  const text = cut(words[word + TEXT]!);
  const transport = TRANSPORTS[words[word + TRANSPORT]!] ?? 'UDP';
  const [port, connection] = [words[word + PORT]!, words[word + CONNECTION]!];
  return { flow: { transport, listener, address, port, connection }, text };
}
