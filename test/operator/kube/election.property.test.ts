import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ELECTION_TIMES } from '../../../operator/kube/election.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { KubeMemory } from '../../support/kube-memory.ts';
import { Elector, type Fate, prompt, type World } from './electors.ts';

const MINUTES = 3;
const PLACES = 4;
const DAY_MS = 86_400_000;

/** How long a write of a leader may be on its way and still arrive while no other leads. */
const WAY_MS = ELECTION_TIMES.leaseMs - ELECTION_TIMES.renewMs - 1;

const anyTrouble = fc.record({
  at: fc.integer({ min: 0, max: MINUTES * 60_000 }),
  place: fc.nat(PLACES - 1),
  what: fc.oneof(
    fc.record({ kind: fc.constant('stall' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
    fc.record({ kind: fc.constant('cut' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
    fc.record({ kind: fc.constant('jump' as const), ms: fc.integer({ min: -DAY_MS, max: DAY_MS }) }),
    fc.record({ kind: fc.constant('kill' as const) }),
    fc.record({ kind: fc.constant('stop' as const) }),
  ),
});
type Trouble = typeof anyTrouble extends fc.Arbitrary<infer T> ? T : never;

/** Numbers from 0 up to 1 that a seed repeats (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Mostly prompt, sometimes late by seconds, sometimes lost or refused. */
function anyFate(random: () => number): Fate {
  const way = (): number => (random() < 0.8 ? random() * 50 : random() * 8000);
  const faults = ['request lost', 'answer lost', 'refused'] as const;
  const fault = random() < 0.15 ? faults[Math.floor(random() * 3)] : undefined;
  return { thereMs: way(), backMs: way(), ...(fault && { fault }) };
}

/** Processes in some places; where one has ended another begins, as in a Deployment. */
class Cluster {
  readonly time = new FakeTime();
  readonly electors = new Map<number, Elector>();
  readonly breaches: string[] = [];
  terms = 0;
  readonly #resting = new Set<Elector>();
  readonly #random: () => number;
  readonly #world: World & { fate: () => Fate };
  #count = 0;

  constructor(seed: number) {
    const random = chance(seed);
    this.#random = random;
    this.#world = { time: this.time, kube: new KubeMemory(), fate: () => anyFate(random), random };
    for (let place = 0; place < PLACES; place++) this.time.after(random() * 5000, () => this.#begin(place));
  }

  get leaders(): readonly Elector[] {
    return [...this.electors.values()].filter(({ mayWrite }) => mayWrite);
  }

  suffer({ at, place, what }: Trouble): void {
    this.time.after(at, () => {
      const elector = this.electors.get(place);
      if (elector === undefined || elector.isDead) return;
      if (what.kind === 'stall') elector.stall(what.ms);
      else if (what.kind === 'jump') elector.wallOffset += what.ms;
      else if (what.kind === 'kill') this.#end(place, elector);
      else if (what.kind === 'stop') {
        // First the work ends, then the lease.
        this.#resting.add(elector);
        this.time.after(WAY_MS, () => {
          if (!elector.isStalled) void elector.lease.stop().then(() => this.#end(place, elector));
        });
      } else {
        elector.isCut = true;
        this.time.after(what.ms, () => {
          elector.isCut = false;
        });
      }
    });
  }

  /** What must hold after everything that happens. */
  readonly look = (): void => {
    const { leaders } = this;
    if (leaders.length > 1)
      this.breaches.push(`${this.time.clock()}: ${leaders.map(({ identity }) => identity).join(', ')} lead`);
    for (const [place, elector] of this.electors) {
      if (elector.lost.length > 1) this.breaches.push(`${elector.identity} has lost twice`);
      if (elector.lost.length > 0 && !elector.isDead && !elector.isStalled) this.#end(place, elector);
    }
    if (leaders[0] !== undefined && !leaders[0].isStalled) this.#write(leaders[0]);
  };

  calm(): void {
    this.#world.fate = prompt;
  }

  /** A write that leaves while its sender leads. */
  #write(sender: Elector): void {
    if (this.#resting.has(sender) || this.#random() > 0.2) return;
    this.time.after(this.#random() * WAY_MS, () => {
      const other = this.leaders.find((each) => each !== sender);
      if (other) this.breaches.push(`a write of ${sender.identity} arrives while ${other.identity} leads`);
    });
  }

  #begin(place: number): void {
    const elector = new Elector(this.#world, `${place}_${this.#count++}`);
    this.electors.set(place, elector);
    elector.lease.start();
  }

  #end(place: number, elector: Elector): void {
    if (elector.isDead) return;
    this.terms += elector.led;
    elector.kill();
    this.time.after(this.#random() * 3000, () => this.#begin(place));
  }
}

it('never has two leaders, whatever is late, lost, stopped or told the wrong time, and has one once all is calm', {
  timeout: 60_000,
}, async () => {
  let terms = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(anyTrouble, { maxLength: 40 }), async (seed, troubles) => {
      const cluster = new Cluster(seed);
      for (const trouble of troubles) cluster.suffer(trouble);
      await cluster.time.pass(MINUTES * 60_000, cluster.look);
      cluster.calm();
      await cluster.time.pass(90_000, cluster.look);
      expect(cluster.breaches).toEqual([]);
      expect(cluster.leaders).toHaveLength(1);
      terms += cluster.terms;
    }),
    { numRuns: 25 },
  );
  // Else nothing would have been tried.
  expect(terms).toBeGreaterThan(25);
});
