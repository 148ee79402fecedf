import { ApiError, type Kube } from './call.ts';
import {
  claim,
  ELECTION_TIMES,
  type ElectionTimes,
  type LeaseRecord,
  mayClaim,
  microTime,
  type Observation,
  observe,
  release,
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
  /** Monotonic, in milliseconds. It goes on while the process is stopped (SIGSTOP). */
  readonly monotonic: () => number;
  /** In milliseconds since 1970; only written, never compared. */
  readonly wall: () => number;
  readonly random: () => number;
  readonly after: (ms: number, call: () => void) => () => void;
}

const JITTER = 1.2;

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
  #object: LeaseObject | undefined;
  /** When a renewal that succeeded was begun; undefined while another leads. */
  #renewedAt: number | undefined;
  #wasLeading = false;
  #isOver = false;
  #cancel: () => void = () => {};
  #underWay: Promise<void> = Promise.resolve();
  #trouble = '';

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#times = options.times ?? ELECTION_TIMES;
  }

  /**
   * Whether we lead at this moment, to be asked before every write. Counted from the beginning of the last renewal, it
   * ends before any other may begin, also where the process was stopped in between.
   */
  get isLeading(): boolean {
    if (this.#renewedAt === undefined || this.#isOver) return false;
    return this.#options.clock.monotonic() < this.#renewedAt + this.#times.renewMs;
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
    this.#round();
  }

  /** Takes part no more; where we lead, another may at once. */
  async stop(): Promise<void> {
    const wasLeading = this.isLeading;
    this.#isOver = true;
    this.#cancel();
    await this.#underWay;
    if (!wasLeading || this.#object === undefined || this.#seen === undefined) return;
    const record = release(this.#seen.record, microTime(this.#options.clock.wall()));
    await this.#write(record).catch(() => {});
  }

  #round(): void {
    this.#underWay = this.#try().then(() => this.#plan());
  }

  #plan(): void {
    if (this.#isOver) return;
    const { clock } = this.#options;
    // Told at once when the time is up, though a renewal may still hang.
    if (this.#wasLeading && !this.isLeading) {
      this.#lose('the lease could not be renewed in time');
      return;
    }
    const wait = this.#times.retryMs * (this.#wasLeading ? 1 : 1 + clock.random() * (JITTER - 1));
    this.#cancel = clock.after(wait, () => this.#round());
  }

  #lose(reason: string): void {
    this.#isOver = true;
    this.#cancel();
    this.#options.onLost(this.#trouble === '' ? reason : `${reason}: ${this.#trouble}`);
  }

  async #try(): Promise<void> {
    const { clock, identity } = this.#options;
    const begun = clock.monotonic();
    // A leader that slept past its time must not claim as if nothing had been.
    if (this.#wasLeading && !this.isLeading) return;
    try {
      const current = await this.#read();
      const seen = current && observe(this.#seen, current.record, current.version, clock.monotonic());
      this.#seen = seen;
      this.#object = current?.object;
      if (seen !== undefined && !mayClaim(seen, identity, clock.monotonic())) {
        if (this.#wasLeading) this.#lose(`${seen.record.holder} has taken the lease`);
        return;
      }
      await this.#write(claim(seen?.record, identity, this.#times, microTime(clock.wall())));
      this.#trouble = '';
      if (this.#isOver) return;
      this.#renewedAt = begun;
      if (this.#wasLeading) return;
      this.#wasLeading = true;
      this.#options.onLeading();
    } catch (error) {
      this.#hear(error);
    }
  }

  #hear(error: unknown): void {
    // Another was faster: that is how elections go.
    if (error instanceof ApiError && error.status === 409) return;
    const { namespace, name } = this.#options;
    const said = error instanceof Error ? error.message : String(error);
    const isForbidden = error instanceof ApiError && error.status === 403;
    const help = isForbidden ? '; the operator needs get, create and update on leases there' : '';
    const trouble = `lease ${namespace}/${name}: ${said}${help}`;
    if (trouble !== this.#trouble) this.#options.note('lease not reached', { reason: trouble });
    this.#trouble = trouble;
  }

  async #read(): Promise<{ object: LeaseObject; record: LeaseRecord; version: string } | undefined> {
    try {
      const object = (await this.#send('GET', this.#path(true))) as LeaseObject;
      const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } =
        object.spec ?? {};
      const record = {
        holder: holderIdentity ?? '',
        leaseSeconds: leaseDurationSeconds ?? 0,
        acquiredAt: acquireTime ?? '',
        renewedAt: renewTime ?? '',
        transitions: leaseTransitions ?? 0,
      };
      return { object, record, version: object.metadata.resourceVersion ?? '' };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Puts the record over just the version that was read, or where there was none. */
  async #write(record: LeaseRecord): Promise<void> {
    const { namespace, name, clock } = this.#options;
    const spec = {
      holderIdentity: record.holder,
      leaseDurationSeconds: record.leaseSeconds,
      acquireTime: record.acquiredAt,
      renewTime: record.renewedAt,
      leaseTransitions: record.transitions,
    };
    const head = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
    const answer = (await (this.#object === undefined
      ? this.#send('POST', this.#path(false), { ...head, metadata: { name, namespace }, spec })
      : this.#send('PUT', this.#path(true), { ...this.#object, spec }))) as LeaseObject;
    this.#object = answer;
    this.#seen = observe(undefined, record, answer.metadata.resourceVersion ?? '', clock.monotonic());
  }

  #path(isNamed: boolean): string {
    const { namespace, name } = this.#options;
    const parts = { apiVersion: 'coordination.k8s.io/v1', plural: 'leases', namespace };
    return pathOf(isNamed ? { ...parts, name } : parts);
  }

  /** No request takes longer than the time to the next look, so that each look has its own. */
  #send(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown> {
    const timeoutMs = this.#times.renewMs / 2;
    // Also over all the attempts that a busy server makes of one request.
    const signal = AbortSignal.timeout(timeoutMs);
    return this.#options.kube.send({ method, path, timeoutMs, signal, ...(body !== undefined && { body }) });
  }
}
