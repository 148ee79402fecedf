import { EventEmitter, once } from 'node:events';
import {
  type Delta,
  Reflector,
  type ReflectorOptions,
  type Times,
} from '../../../operator/kube/reflector.ts';
import { type FakeApiServer, isList, isWatch } from '../../support/kube/api-server.ts';
import { type Connected, connectTo, type Wish as HttpWish } from '../../support/kube/connection.ts';
import type { Shelf } from '../../support/kube/shelf.ts';
import type { Stage } from '../../support/peers/stage.ts';

export const MAPS = '/api/v1/configmaps';

/** So short that a test with many of them takes no time. */
const TIMES: Partial<Times> = { firstBackoffMs: 2, longestBackoffMs: 8, settledMs: 1000 };

export interface Wish extends Partial<Omit<ReflectorOptions, 'kube' | 'tally'>> {
  readonly http?: HttpWish;
}

/** A reflector before the fake API server, and all that it has told. */
export class Mirror {
  readonly server: FakeApiServer;
  readonly shelf: Shelf;
  readonly connected: Connected;
  readonly reflector: Reflector;
  readonly deltas: Delta[] = [];
  readonly restarts: unknown[] = [];
  readonly failures: unknown[] = [];
  missed = 0;
  /** What is there by all that was told, with its version. */
  readonly state = new Map<string, string | undefined>();
  readonly #news = new EventEmitter();

  constructor(stage: Stage, server: FakeApiServer, { http, ...wish }: Wish = {}) {
    this.server = server;
    this.shelf = server.shelf(MAPS);
    this.connected = connectTo(stage, server, http);
    const told = <T>(take: (value: T) => void): ((value: T) => void) => {
      return (value) => {
        take(value);
        this.#news.emit('news');
      };
    };
    const { heard = () => {}, times, ...rest } = wish;
    this.reflector = new Reflector({
      kind: 'ConfigMap',
      of: { apiVersion: 'v1', plural: 'configmaps' },
      random: () => 0.5,
      now: Date.now,
      ...rest,
      kube: this.connected.kube,
      heard: told((delta) => {
        this.#take(delta);
        heard(delta);
      }),
      times: { ...TIMES, ...times },
      tally: {
        restarted: (_kind, error) => told((each) => this.restarts.push(each))(error),
        missed: (_kind, count) => told((each: number) => (this.missed += each))(count),
        failed: (_kind, error) => told((each) => this.failures.push(each))(error),
      },
    });
    stage.onClose(() => this.reflector.stop());
  }

  /** `added a`, `updated a`, `deleted a`. */
  get told(): string[] {
    return this.deltas.map(({ object, old, isGone }) => {
      const verb = isGone ? 'deleted' : old === undefined ? 'added' : 'updated';
      return `${verb} ${object.metadata.name}`;
    });
  }

  get lists(): number {
    return this.server.count(isList);
  }

  get watches(): number {
    return this.server.count(isWatch);
  }

  /** Resolves when `holds` does; it is looked at whenever the reflector tells anything. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#news, 'news');
  }

  /** Starts, and resolves when the list is told and the watch has come to the server. */
  async follow(): Promise<void> {
    const before = this.watches;
    this.reflector.start();
    await this.reflector.synced;
    await this.watched(before + 1);
  }

  /** Resolves when so many watches in all have come to the server. */
  async watched(count: number): Promise<void> {
    await this.server.until(() => this.watches >= count);
  }

  #take(delta: Delta): void {
    const { namespace, name, resourceVersion } = delta.object.metadata;
    this.deltas.push(delta);
    if (delta.isGone) this.state.delete(`${namespace}/${name}`);
    else this.state.set(`${namespace}/${name}`, resourceVersion);
  }
}
