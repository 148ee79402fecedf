import { ApiError, type Kube } from './call.ts';
import {
  claim,
  ELECTION_TIMES,
  type ElectionTimes,
  isHeld,
  type LeaseRecord,
  mayClaim,
  microTime,
  type Observation,
  observe,
  release,
  untilNextLook,
} from './election.ts';
import { pathOf } from './path.ts';

export interface LeaseOptions {
  /** A connection of its own, so that no request of the work stands before a renewal. */
  readonly kube: Kube;
  readonly namespace: string;
  readonly name: string;
  /** Unlike that of any other process, also of an earlier one of this pod. */
  readonly identity: string;
  readonly clock: LeaseClock;
  readonly onLeading: () => void;
  /** Told once; from then on it never claims the lease again, and the process is to end. */
  readonly onLost: (reason: string) => void;
  readonly note: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly times?: ElectionTimes;
}

export interface LeaseClock {
  /**
   * Monotonic, in milliseconds. CLOCK_MONOTONIC goes on while the process is stopped (SIGSTOP) or its event loop hangs.
   * It stands still while the whole machine is suspended: a leader that was suspended with its machine believes in its
   * lease for the rest of `renewMs`.
   */
  readonly monotonic: () => number;
  /** In milliseconds since 1970; only written, never compared. */
  readonly wall: () => number;
  readonly random: () => number;
  /** Calls back once, after so many milliseconds; the function it gives takes that back. */
  readonly after: (ms: number, call: () => void) => () => void;
}

type Verb = 'get' | 'create' | 'update';

const METHODS = { get: 'GET', create: 'POST', update: 'PUT' } as const;

interface LeaseObject {
  readonly metadata: { readonly resourceVersion?: string; readonly [field: string]: unknown };
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** Takes part in an election by client-go's rules: one leader at a time, a dead one replaced when its lease has run out. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #times: ElectionTimes;
  #seen: Observation | undefined;
  /** As last read or written; undefined where there was none. */
  #object: LeaseObject | undefined;
  /** When the last claim that succeeded was begun. */
  #renewedAt: number | undefined;
  /** Whether a claim was sent, so that the lease may be ours though no answer has said so. */
  #hasClaimed = false;
  #wasLeading = false;
  #isOver = false;
  #underWay: Promise<void> = Promise.resolve();
  #verb: Verb = 'get';
  #trouble = '';
  #cancelLook: () => void = () => {};
  #cancelDeadline: () => void = () => {};
  #abort: () => void = () => {};

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#times = options.times ?? ELECTION_TIMES;
  }

  /**
   * Whether we may write at this moment, to be asked before every write. It compares the clock with the beginning of
   * the last renewal, so that it ends before any other may begin, also where the process was stopped in between.
   */
  get isLeading(): boolean {
    return (
      this.#wasLeading &&
      !this.#isOver &&
      isHeld(this.#renewedAt, this.#times, this.#options.clock.monotonic())
    );
  }

  /** Who leads, as far as it is known; empty for nobody. */
  get holder(): string {
    return this.#seen?.record.holder ?? '';
  }

  /** Whether the lease could be read, so that we would notice if its leader went. */
  get isKnown(): boolean {
    return this.#seen !== undefined;
  }

  start(): void {
    const begun = this.#options.clock.monotonic();
    this.#underWay = this.#look().then(() => this.#plan(begun));
  }

  /** Takes part no more; where we lead, another may at once. To be called when the work has ended. Never rejects. */
  async stop(): Promise<void> {
    const hasRunOut = this.#isOut();
    this.#end();
    await this.#underWay;
    if (hasRunOut || !this.#hasClaimed) return;
    try {
      const current = await this.#read(this.#times.retryMs);
      const record = current && recordOf(current);
      if (record?.holder !== this.#options.identity) return;
      this.#object = current;
      await this.#write(release(record, microTime(this.#options.clock.wall())), this.#times.retryMs);
    } catch (error) {
      this.#complain(error);
    }
  }

  #plan(begun: number): void {
    if (this.#isOver) return;
    if (this.#isOut()) {
      this.#lose('the lease could not be renewed in time');
      return;
    }
    const { clock, identity } = this.#options;
    const at = { begun, now: clock.monotonic(), chance: clock.random() };
    const wait = untilNextLook(this.#seen, identity, this.#times, at);
    this.#cancelLook = clock.after(wait, () => this.start());
  }

  /** Whether nothing may be sent any more: a leader that slept past its time must not claim as if nothing had been. */
  #isOut(): boolean {
    return this.#isOver || (this.#wasLeading && !this.isLeading);
  }

  #end(): void {
    this.#isOver = true;
    this.#cancelLook();
    this.#cancelDeadline();
    this.#abort();
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.#end();
    this.#options.onLost(this.#trouble === '' ? reason : `${reason}: ${this.#trouble}`);
  }

  /** Loses the lease at the very end of its time, also while a renewal hangs. */
  #setDeadline(renewedAt: number): void {
    const { clock } = this.#options;
    this.#cancelDeadline();
    const left = Math.ceil(renewedAt + this.#times.renewMs - clock.monotonic());
    this.#cancelDeadline = clock.after(Math.max(0, left), () => {
      // Timers may ring a little early.
      if (this.isLeading) this.#setDeadline(renewedAt);
      else this.#lose('the lease could not be renewed in time');
    });
  }

  async #look(): Promise<void> {
    if (this.#isOut()) return;
    try {
      if (this.#wasLeading && (await this.#renew())) return;
      if (!this.#isOut()) await this.#readAndClaim();
    } catch (error) {
      // Another was faster: that is how elections go.
      const isConflict = error instanceof ApiError && error.status === 409;
      if (!isConflict && !this.#isOver) this.#complain(error);
    }
  }

  /** Renews over what was written last; false where that is not what is there. */
  async #renew(): Promise<boolean> {
    try {
      await this.#claim();
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 409 || error.status === 404)) return false;
      throw error;
    }
  }

  async #readAndClaim(): Promise<void> {
    const { clock, identity } = this.#options;
    const current = await this.#read();
    const now = clock.monotonic();
    this.#object = current;
    // Of a lease that was deleted the leader knows nothing yet: what was seen of it still holds.
    if (current !== undefined)
      this.#seen = observe(this.#seen, recordOf(current), current.metadata.resourceVersion ?? '', now);
    if (this.#isOut()) return;
    if (mayClaim(this.#seen, identity, this.#times, now)) await this.#claim();
    else if (this.#wasLeading) this.#lose(`${this.holder} has taken the lease`);
  }

  async #claim(): Promise<void> {
    const { clock, identity, onLeading } = this.#options;
    // Whoever sees this claim sees it later than now, and counts from then.
    const begun = clock.monotonic();
    this.#hasClaimed = true;
    await this.#write(claim(this.#seen?.record, identity, this.#times, microTime(clock.wall())));
    this.#trouble = '';
    // An answer that comes too late makes no leader; the next look claims anew.
    if (this.#isOver || !isHeld(begun, this.#times, clock.monotonic())) return;
    this.#renewedAt = begun;
    this.#setDeadline(begun);
    if (this.#wasLeading) return;
    this.#wasLeading = true;
    onLeading();
  }

  /** Undefined where there is none. */
  async #read(timeoutMs?: number): Promise<LeaseObject | undefined> {
    try {
      return (await this.#send('get', undefined, timeoutMs)) as LeaseObject;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Puts the record over just the version that is known, or where there was none. */
  async #write(record: LeaseRecord, timeoutMs?: number): Promise<void> {
    const { namespace, name, clock } = this.#options;
    const head = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace } };
    const spec = {
      ...this.#object?.spec,
      holderIdentity: record.holder,
      leaseDurationSeconds: record.leaseSeconds,
      acquireTime: record.acquiredAt,
      renewTime: record.renewedAt,
      leaseTransitions: record.transitions,
    };
    const verb = this.#object === undefined ? 'create' : 'update';
    const answer = (await this.#send(verb, { ...head, ...this.#object, spec }, timeoutMs)) as LeaseObject;
    this.#object = answer;
    this.#seen = observe(undefined, record, answer.metadata.resourceVersion ?? '', clock.monotonic());
  }

  /** client-go's bound: a renewal that hangs leaves time for another one. */
  async #send(verb: Verb, body?: object, timeoutMs = this.#times.renewMs / 2): Promise<unknown> {
    const { kube, namespace, name, clock } = this.#options;
    const parts = { apiVersion: 'coordination.k8s.io/v1', plural: 'leases', namespace };
    const path = pathOf(verb === 'create' ? parts : { ...parts, name });
    const aborter = new AbortController();
    const { signal } = aborter;
    // Over all the attempts that a connection makes of one request.
    const cancel = clock.after(timeoutMs, () =>
      aborter.abort(new Error(`no answer within ${timeoutMs / 1000} s`)),
    );
    this.#abort = () => aborter.abort(new Error('the election has ended'));
    this.#verb = verb;
    try {
      return await kube.send({ method: METHODS[verb], path, timeoutMs, signal, ...(body && { body }) });
    } finally {
      cancel();
    }
  }

  /** Tells a trouble once, as long as it is the same. */
  #complain(error: unknown): void {
    const { namespace, name, note } = this.#options;
    const said = error instanceof Error ? error.message : String(error);
    const trouble = `lease ${namespace}/${name}: ${said}${adviceOn(error, this.#verb, namespace)}`;
    if (trouble !== this.#trouble) note('lease not reached', { reason: trouble });
    this.#trouble = trouble;
  }
}

function adviceOn(error: unknown, verb: Verb, namespace: string): string {
  if (!(error instanceof ApiError)) return '';
  if (error.status === 404) return `; is there a namespace ${namespace}?`;
  // 403 is also how a namespace says that it is going away.
  if (error.status !== 403 || error.message.includes('being terminated')) return '';
  return `; the operator lacks the verb ${verb} on leases (coordination.k8s.io) in namespace ${namespace}`;
}

function recordOf({ spec }: LeaseObject): LeaseRecord {
  return {
    holder: spec?.holderIdentity ?? '',
    leaseSeconds: spec?.leaseDurationSeconds ?? 0,
    acquiredAt: spec?.acquireTime ?? '',
    renewedAt: spec?.renewTime ?? '',
    transitions: spec?.leaseTransitions ?? 0,
  };
}
