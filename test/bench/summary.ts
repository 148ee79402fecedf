import type { Kind, PhaseReport } from './generator.ts';
import type { Phase } from './measure.ts';
import type { System } from './system.ts';

type Name = System['name'];

/** Medians over the rounds of one system under one kind of load; sums for what must be zero. */
export interface Line {
  readonly system: Name;
  readonly kind: Kind;
  /** 0 at full speed, else requests a second asked for. */
  readonly rate: number;
  readonly rounds: number;
  readonly perSecond: number;
  /** Slowest and fastest round. */
  readonly range: readonly [number, number];
  readonly timesRelay: number | undefined;
  readonly timesKamailio: number | undefined;
  readonly timesKamailioTuned: number | undefined;
  readonly timesOpensips: number | undefined;
  readonly cpuMicros: number;
  /** Shares of its core, 0 to 1, that the system and the generator used. */
  readonly busy: number;
  readonly generatorBusy: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /**
   * Answers other than 2xx, requests answered 2xx that did not arrive, messages where they do not belong, REGISTER answers with a
   * wrong Contact, dialogs without a Route, calls never acknowledged, unreadable datagrams.
   */
  readonly errors: number;
  readonly lost: number;
  readonly retransmitted: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

type Outgone = PhaseReport & { readonly system: Name };

/** MESSAGEs answered 2xx that never came to a phone; the relay knows no phones, its far end is the PBX. */
const undelivered = (phase: Outgone): number => {
  const elsewhere = phase.phase === 'message' && phase.system !== 'relay' ? phase.atPbx : 0;
  return elsewhere + Math.max(0, phase.ok - phase.reached);
};

/** The relay stays out of the dialogs, as it reads nothing; its place in between is held by its sockets. */
const outOfDialog = (phase: Outgone): number => (phase.system === 'relay' ? 0 : phase.unrouted);

const errorsOf = (phase: Outgone): number =>
  phase.answered -
  phase.ok +
  undelivered(phase) +
  outOfDialog(phase) +
  phase.misrouted +
  phase.wrongContact +
  phase.unacknowledged +
  phase.garbage;

/** What must be nothing: errors, and requests without an answer. */
export const troubleOf = (phase: Outgone): number => errorsOf(phase) + phase.lost;

const lineOf = (phases: readonly Phase[], full: (system: Name) => number | undefined): Line => {
  const first = phases[0]!;
  const over = (value: (phase: Phase) => number): number => median(phases.map(value));
  const total = (value: (phase: Phase) => number): number => sum(phases.map(value));
  const perSecond = over((phase) => phase.perSecond);
  const ratio = (system: Name): number | undefined => {
    const other = first.rate === 0 ? full(system) : undefined;
    return other === undefined ? undefined : perSecond / other;
  };
  return {
    system: first.system,
    kind: first.phase,
    rate: first.rate,
    rounds: phases.length,
    perSecond,
    range: [Math.min(...phases.map((p) => p.perSecond)), Math.max(...phases.map((p) => p.perSecond))],
    timesRelay: ratio('relay'),
    timesKamailio: ratio('kamailio'),
    timesKamailioTuned: ratio('kamailio-tuned'),
    timesOpensips: ratio('opensips'),
    cpuMicros: over((phase) => (phase.cpuSeconds / Math.max(1, phase.ok)) * 1e6),
    busy: over((phase) => phase.cpuSeconds / phase.seconds),
    generatorBusy: over((phase) => phase.generatorCpuSeconds / phase.seconds),
    p50Ms: over((phase) => phase.p50Ms),
    p99Ms: over((phase) => phase.p99Ms),
    p999Ms: over((phase) => phase.p999Ms),
    errors: total(errorsOf),
    lost: total((phase) => phase.lost),
    retransmitted: total((phase) => phase.retransmitted + phase.repeated),
  };
};

/** One line for each system, kind and rate, in the order in which they were first measured. */
export const summarise = (phases: readonly Phase[]): Line[] => {
  const full =
    (kind: Kind) =>
    (system: Name): number | undefined => {
      const found = phases.filter((p) => p.rate === 0 && p.phase === kind && p.system === system);
      return found.length === 0 ? undefined : median(found.map((p) => p.perSecond));
    };
  const groups = Map.groupBy(phases, (phase) => `${phase.system} ${phase.phase} ${phase.rate}`);
  return [...groups.values()].map((group) => lineOf(group, full(group[0]!.phase)));
};

/** The share of the slowest system's full speed that counts as sustained by all. */
const SUSTAINED_SHARE = 0.6;

/**
 * The fixed rates to take latency at: the asked one and, where that is too much for one of them, one that all sustain.
 * `fullSpeed` is of the kinds that are to be measured.
 */
export const ratesToMeasure = (asked: number, fullSpeed: readonly Line[]): number[] => {
  const slowest = Math.min(...fullSpeed.map((line) => line.perSecond));
  const sustained = Math.max(100, Math.floor((slowest * SUSTAINED_SHARE) / 500) * 500);
  return sustained < asked ? [asked, sustained] : [asked];
};
