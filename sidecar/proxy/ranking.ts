import type { Site } from '../wire/destination.ts';
import { hostPort } from '../wire/flow.ts';
import { Hop } from './hop.ts';
import { byWeight, type Lots, type Weighted } from './lot.ts';

/** Hops that come one after the other: the addresses of one host (RFC 7984 §4). */
interface RankedSite extends Weighted {
  readonly hops: readonly Hop[];
}

/** What leads to one set of sites; of the resource's endpoints each is one. */
export interface Origin extends Weighted {
  readonly priority: number;
  readonly sites: readonly Site[];
  readonly makeHop: (site: Site, address: string) => Hop;
}

interface RankedOrigin extends Weighted {
  readonly priority: number;
  /** In the order of their tiers; within one, lots are drawn. */
  readonly tiers: readonly (readonly RankedSite[])[];
}

/** Hops in the order that priorities allow; where they leave a choice, lots decide by weight. */
export class Ranking {
  /** Each hop once. */
  readonly hops: readonly Hop[];
  readonly #ranks: readonly (readonly RankedOrigin[])[];

  constructor(origins: readonly Origin[]) {
    const byName = new Map<string, Hop>();
    const hopsOf = (site: Site, { makeHop }: Origin): readonly Hop[] =>
      site.addresses.flatMap((address) => {
        const hop = makeHop(site, address);
        if (byName.has(hop.name)) return [];
        byName.set(hop.name, hop);
        return [hop];
      });
    const sorted = [...origins].sort((a, b) => a.priority - b.priority);
    const ranked = sorted.map((origin) => rankedOrigin(origin, (site) => hopsOf(site, origin)));
    this.#ranks = grouped(ranked, ({ priority }) => priority);
    this.hops = [...byName.values()];
  }

  /** All of them in the order in which they are to be tried, those that are avoided last (RFC 3263 §4.3, RFC 2782). */
  inTurn(lots: Lots, now: number): readonly Hop[] {
    if (this.hops.length < 2) return this.hops;
    const all: Hop[] = [];
    for (const rank of this.#ranks)
      for (const { tiers } of byWeight(rank, lots))
        for (const tier of tiers) for (const { hops } of byWeight(tier, lots)) all.push(...hops);
    if (all.every((hop) => !hop.isAvoided(now))) return all;
    return [...all.filter((hop) => !hop.isAvoided(now)), ...all.filter((hop) => hop.isAvoided(now))];
  }
}

function rankedOrigin(
  { name, weight, priority, sites }: Origin,
  hopsOf: (site: Site) => readonly Hop[],
): RankedOrigin {
  const sorted = [...sites].sort((a, b) => a.tier - b.tier);
  const ranked = sorted.map((site) => ({
    name: `${name} ${hostPort(site.host, site.port)}`,
    weight: site.weight,
    tier: site.tier,
    hops: hopsOf(site),
  }));
  return { name, weight, priority, tiers: grouped(ranked, ({ tier }) => tier) };
}

/** Neighbours that have the same rank, together. */
function grouped<T>(sorted: readonly T[], rankOf: (each: T) => number): readonly (readonly T[])[] {
  const groups: T[][] = [];
  for (const each of sorted) {
    const last = groups.at(-1);
    if (last !== undefined && rankOf(last[0] as T) === rankOf(each)) last.push(each);
    else groups.push([each]);
  }
  return groups;
}

/** The hops of a destination that is no endpoint. */
export const rankingOf = (sites: readonly Site[], makeHop: Origin['makeHop'] = plainHop): Ranking =>
  new Ranking([{ name: '', weight: 1, priority: 0, sites, makeHop }]);

const plainHop = (site: Site, address: string): Hop => new Hop(site, address);
