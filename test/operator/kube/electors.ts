import { ApiError, type Call, type Kube } from '../../../operator/kube/call.ts';
import { Lease } from '../../../operator/kube/lease.ts';
import type { FakeTime } from '../../support/fake-time.ts';
import type { KubeMemory } from '../../support/kube-memory.ts';

/** What becomes of a request: how long it and its answer are on the way, and where it fails. */
export interface Fate {
  readonly thereMs: number;
  readonly backMs: number;
  /** Lost before it arrives, lost on the way back, or answered with an error of the server. */
  readonly fault?: 'request lost' | 'answer lost' | 'refused';
}

export interface World {
  readonly time: FakeTime;
  readonly kube: KubeMemory;
  readonly fate: () => Fate;
  readonly random: () => number;
}

const PROMPT: Fate = { thereMs: 0, backMs: 0 };
export const prompt = (): Fate => PROMPT;

/** A process that takes part in the election, with a way of its own to the API server, and what may befall it. */
export class Elector {
  readonly identity: string;
  readonly lease: Lease;
  readonly lost: string[] = [];
  readonly notes: string[] = [];
  led = 0;
  isCut = false;
  isDead = false;
  wallOffset = 0;
  readonly #world: World;
  #stalledUntil = 0;
  #asleep: (() => void)[] = [];

  constructor(world: World, identity: string, namespace = 'system') {
    this.#world = world;
    this.identity = identity;
    const { time } = world;
    this.lease = new Lease({
      kube: { send: (call) => this.#send(call), lines: () => world.kube.lines() } satisfies Kube,
      namespace,
      name: 'operator',
      identity,
      clock: {
        monotonic: time.clock,
        wall: () => Date.UTC(2026, 10, 25) + time.clock() + this.wallOffset,
        random: world.random,
        after: (ms, call) => this.#after(ms, call),
      },
      onLeading: () => void this.led++,
      onLost: (reason) => void this.lost.push(reason),
      note: (event, fields) => void this.notes.push(`${event}: ${String(fields.reason)}`),
    });
  }

  /** Whether a process that lives may write now. */
  get mayWrite(): boolean {
    return !this.isDead && this.lease.isLeading;
  }

  get isStalled(): boolean {
    return this.#world.time.clock() < this.#stalledUntil;
  }

  /** Nothing of it runs for so long, as with SIGSTOP. */
  stall(ms: number): void {
    const { time } = this.#world;
    this.#stalledUntil = Math.max(this.#stalledUntil, time.clock() + ms);
    time.after(ms, () => {
      if (this.isStalled) return;
      const woken = this.#asleep;
      this.#asleep = [];
      for (const call of woken) time.after(0, () => this.#whenAwake(call));
    });
  }

  kill(): void {
    this.isDead = true;
  }

  /** A timer that is due while nothing runs rings on waking, unless it is taken back before. */
  #after(ms: number, call: () => void): () => void {
    let isOn = true;
    const cancel = this.#world.time.after(ms, () => this.#whenAwake(() => isOn && call()));
    return () => {
      isOn = false;
      cancel();
    };
  }

  #whenAwake(call: () => void): void {
    if (this.isDead) return;
    if (this.isStalled) this.#asleep.push(call);
    else call();
  }

  #send(call: Call): Promise<unknown> {
    const { time, kube, fate } = this.#world;
    const { thereMs, backMs, fault } = fate();
    const isCut = this.isCut;
    return new Promise((resolve, reject) => {
      call.signal?.addEventListener('abort', () => reject(call.signal?.reason));
      if (isCut || fault === 'request lost') return;
      time.after(thereMs, () => {
        let answer: () => void;
        try {
          if (fault === 'refused') throw new ApiError(500, 'InternalError', 'etcdserver: request timed out');
          const body = kube.serve(call);
          answer = () => resolve(body);
        } catch (error) {
          answer = () => reject(error);
        }
        if (fault !== 'answer lost' && !this.isCut) time.after(backMs, () => this.#whenAwake(answer));
      });
    });
  }
}
