/**
 * How lots are drawn among things that share a rank: a number above 0 and below 1 for each, by its name. It may be
 * chance, or a user's own number so that the same user always draws the same.
 */
export type Lots = (name: string) => number;

/** One that takes part. `weight` is its share; `name` tells it from the others. */
export interface Weighted {
  readonly name: string;
  readonly weight: number;
}

/** RFC 2782: one of weight 0 is to have a very small chance beside others. */
const HARDLY = 1e-6;

/**
 * RFC 2782's order: each place goes to one of those left with a chance in proportion to its weight. Drawn for all at once
 * (each waits for a time that is exponentially distributed, the shorter the heavier it is), which comes to the same; and
 * a user whose lots are his own keeps his order among the others when one comes or goes.
 */
export function byWeight<T extends Weighted>(all: readonly T[], lots: Lots): readonly T[] {
  if (all.length < 2) return all;
  const waits = new Map(
    all.map((each) => [each, -Math.log(lots(each.name)) / Math.max(each.weight, HARDLY)] as const),
  );
  return [...all].sort((a, b) => (waits.get(a) as number) - (waits.get(b) as number));
}

/** The lots of a user: always the same for the same key. */
export function lotsOf(key: string): Lots {
  const seed = hash(2_166_136_261, key);
  return (name) => (mixed(hash(seed, name)) + 0.5) / 2 ** 32;
}

/** FNV-1a, 32 bits. */
function hash(seed: number, text: string): number {
  let value = seed;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16_777_619);
  return value >>> 0;
}

/** Spreads what differs in a few bits over all of them (the finaliser of MurmurHash3). */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
