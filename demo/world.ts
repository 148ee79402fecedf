import { type Ground, layGround } from './ground.ts';
import { type DemoPbx, startDemoPbx } from './pbx.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { Stop } from './stop.ts';
import { DEMO_DOMAIN, DEMO_GRANTED_SECONDS, DEMO_MAX_CONTACTS, DEMO_USERS } from './story.ts';

/** The PBX and the proxy in front of it, both serving. */
export interface World {
  readonly ground: Ground;
  readonly pbx: DemoPbx;
  readonly proxy: RunningProxy;
  /** What it took until the proxy was ready. */
  readonly seconds: number;
  /** Rejects with a `Stop` when the demo is told to end or the proxy is gone. */
  readonly broken: Promise<never>;
  close(): Promise<void>;
}

const READY_MILLISECONDS = 20_000;
const TRIES = 5;
const TAKEN = /EADDRINUSE/;

/**
 * Opens it by the resource `example`. A port may be taken between the look at it and the use of it, by another demo
 * perhaps: then all is tried anew. Rejects with a `Stop`, and then nothing is left open.
 */
export async function openWorld(example: string, told: Promise<never>): Promise<World> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToOpen(example, told);
    } catch (error) {
      if (tries === TRIES || !(error instanceof Stop) || !TAKEN.test(error.message)) throw error;
    }
  }
}

async function tryToOpen(example: string, told: Promise<never>): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const ground = await layGround(example).catch(cannot('find its ports'));
  opened.defer(() => ground.remove());
  const pbx = await startPbx(ground).catch(cannot('start its PBX'));
  opened.defer(() => pbx.close());
  const start = performance.now();
  const proxy = startProxy(ground.file, ground.admin);
  opened.defer(() => proxy.stop());
  const broken = Promise.race([told, death(proxy)]);
  broken.catch(() => {});
  await Promise.race([readiness(proxy), broken]);
  const seconds = (performance.now() - start) / 1000;
  const open = opened.move();
  return { ground, pbx, proxy, seconds, broken, close: () => open.disposeAsync() };
}

const cannot =
  (what: string) =>
  (error: unknown): never => {
    throw new Stop(`the demo cannot ${what}: ${error instanceof Error ? error.message : error}`);
  };

const startPbx = ({ pbx }: Ground): Promise<DemoPbx> =>
  startDemoPbx({
    ...pbx,
    domain: DEMO_DOMAIN,
    users: DEMO_USERS,
    maxContactsPerUser: DEMO_MAX_CONTACTS,
    grantedExpiresSeconds: DEMO_GRANTED_SECONDS,
  });

const withWords = (sentence: string, proxy: RunningProxy): Stop =>
  new Stop([sentence, ...proxy.said()].join('\n  '));

async function death(proxy: RunningProxy): Promise<never> {
  const how = await proxy.ended;
  throw withWords(`the proxy is gone: ${how}`, proxy);
}

async function readiness(proxy: RunningProxy): Promise<void> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const sentence = `the proxy is not ready after ${READY_MILLISECONDS / 1000} s`;
  const timer = setTimeout(() => reject(withWords(sentence, proxy)), READY_MILLISECONDS);
  try {
    await Promise.race([proxy.ready, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
