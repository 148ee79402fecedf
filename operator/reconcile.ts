import type { MidRegistrarStatus } from '../crds/midregistrar.ts';
import { type Accepted, accept } from './accept.ts';
import { act, type Done } from './act.ts';
import { resolveAddresses } from './addresses.ts';
import { sha256 } from './canonical.ts';
import type { Found } from './conditions.ts';
import type { Front } from './front.ts';
import { ApiError, type Kube } from './kube/call.ts';
import type { KubeObject } from './kube/object.ts';
import { CONFIG_HASH, type FrontName, frontOf } from './names.ts';
import { type Note, storyOf } from './notes.ts';
import { type Plan, plan } from './plan.ts';
import { current, type PodView, viewPod } from './pods.ts';
import type { AskedProxy, ProxyReport } from './proxy-report.ts';
import { type Means, renderRest, renderServices } from './render/render.ts';
import { proxyResource } from './render/resource.ts';
import { invalidStatus, isWorthWriting, statusOf } from './status.ts';
import { viewAssigned, viewDeployment } from './view.ts';
import type { Written } from './written.ts';

/** What is known of the cluster, as the watches keep it. */
export interface Cache {
  /** A MidRegistrar; undefined once it is gone. */
  front(name: FrontName): KubeObject | undefined;
  /** What bears the front's label. */
  children(name: FrontName): readonly KubeObject[];
  pods(name: FrontName): readonly KubeObject[];
}

/** The world that a reconcile acts on. */
export interface World {
  readonly kube: Kube;
  readonly cache: Cache;
  readonly written: Written;
  readonly means: () => Means;
  /** Asks the proxy at an IP address; undefined where it does not answer. Never rejects. */
  readonly ask: (ip: string) => Promise<ProxyReport | undefined>;
  /** Gives the front as the API server then has it. */
  readonly writeStatus: (front: FrontName, status: MidRegistrarStatus) => Promise<KubeObject>;
  /** Makes the kubelet look at the pod's mounted configuration now. */
  readonly nudge: (front: FrontName, pod: string, mark: string) => Promise<void>;
  readonly tell: (about: KubeObject, note: Note) => void;
  /** What became of a front's conditions; `undefined` once it is gone. */
  readonly onStatus: (front: FrontName, status: MidRegistrarStatus | undefined) => void;
  /** In milliseconds since 1970. */
  readonly now: () => number;
  readonly version: string;
  readonly crdDiffers: () => boolean;
}

/** What the queue is to do with the key: nothing until something changes, look again in `ms`, or try again later. */
export type Verdict = { readonly again: number } | { readonly failed: unknown } | 'gone';

/** What the proxies alone can tell is asked for again so soon; all else the watches tell, and then this is but a look. */
const SOON: Readonly<Record<string, number>> = {
  ConfigPending: 1000,
  NotKnownYet: 3000,
  NoProxy: 3000,
  SecretNotUsable: 5000,
};
const SETTLED_MS = 20_000;

/** The kubelet is nudged again so often, for its own view of the ConfigMap may come late; of a Secret, somebody has to make it first. */
const NUDGE_MS = 3000;
const NUDGE_FOR_SECRET_MS = 15_000;

/** Brings one front to what its resource says: a full look each time, whatever it was that changed. */
export async function reconcile(world: World, key: string): Promise<Verdict> {
  const name = frontOf(key);
  const cached = world.cache.front(name);
  if (cached === undefined || cached.metadata.deletionTimestamp !== undefined) {
    // Its children go with it, as their owner reference says.
    world.written.forget(key);
    world.onStatus(name, undefined);
    return 'gone';
  }
  const object = world.written.front(key, cached);
  const accepted = accept(object);
  const former = object.status as MidRegistrarStatus | undefined;
  const status = await (accepted.front === undefined
    ? { found: undefined, failure: undefined }
    : carryOut(world, key, object, accepted.front, accepted));
  const now = world.now();
  const next =
    status.found === undefined
      ? invalidStatus(object.metadata.generation ?? 0, accepted.faults, former, now)
      : statusOf(status.found, former, world.version, now);
  for (const note of storyOf(former, next)) world.tell(object, note);
  if (isWorthWriting(next, former, now)) world.written.noteFront(key, await world.writeStatus(name, next));
  world.onStatus(name, next);
  if (status.failure !== undefined) return { failed: status.failure };
  return { again: untilNextLook(next) };
}

const untilNextLook = ({ conditions = [], readyReplicas = 0 }: MidRegistrarStatus): number =>
  readyReplicas === 0
    ? SETTLED_MS
    : Math.min(SETTLED_MS, ...conditions.map(({ reason }) => SOON[reason] ?? SETTLED_MS));

interface Outcome {
  readonly found: Found | undefined;
  readonly failure: unknown;
}

async function carryOut(
  world: World,
  key: string,
  object: KubeObject,
  front: Front,
  { faults }: Accepted,
): Promise<Outcome> {
  const { cache, written } = world;
  const pods = current(cache.pods(front).map(viewPod));
  // A spec that can't be carried out changes nothing: what runs goes on.
  const isHeld = faults.length > 0;
  const means = world.means();
  const settled = (live: KubeObject): boolean => written.isSettled(key, live);
  const live = (): readonly KubeObject[] => written.over(key, cache.children(front), world.now());
  const carry = async (wished: readonly KubeObject[], isWhole: boolean): Promise<Done> => {
    const made = plan(wished, live(), front.uid, settled);
    const todo = isHeld ? NOTHING : isWhole ? made : { ...made, remove: [] };
    const done = await act(world.kube, todo, { uid: front.uid, isNew: object.status === undefined });
    for (const { wished: wish, answer } of done.written) written.note(key, wish, answer, world.now());
    return done;
  };

  const services = renderServices(front, means);
  const first = await carry(services, false);
  const resolved = resolveAddresses(front.spec, viewAssigned(front, live(), pods));
  const config = proxyResource(front, resolved.addresses);
  const configHash = sha256(config);
  const deployment = live().find(({ kind }) => kind === 'Deployment');
  const { scaledByOther } = viewDeployment(deployment);
  const second = await carry([...services, ...renderRest(front, means, config, scaledByOther)], true);
  const news = second.refusals.filter(({ sentence }) => !isToldAlready(object, sentence));
  for (const note of notesOf([...first.written, ...second.written], second.removed, news))
    world.tell(object, note);

  const proxies = await askAll(world, pods);
  const failure =
    first.failure ?? second.failure ?? (await nudgeAll(world, front, proxies, configHash, isHeld));
  const { refusals } = second;
  const present = viewDeployment(live().find(({ kind }) => kind === 'Deployment'));
  const found: Found = {
    front,
    faults,
    refusals: refusals.map(({ sentence }) => sentence),
    refusedForGood: refusals.some(({ isForGood }) => isForGood),
    resolved,
    configHash,
    pods,
    rolledOut: present.rolledOut,
    deploymentTrouble: present.trouble.slice(0, 400),
    proxies,
    crdDiffers: world.crdDiffers(),
  };
  return { found, failure };
}

const NOTHING: Plan = { apply: [], remove: [], taken: [] };

const askAll = (world: World, pods: readonly PodView[]): Promise<AskedProxy[]> =>
  Promise.all(
    pods.map(async ({ name, ips: [ip] }) => ({
      pod: name,
      report: ip === undefined ? undefined : await world.ask(ip),
    })),
  );

/** Those that answer by another configuration have not seen the new one; the failure, where one is. */
async function nudgeAll(
  world: World,
  front: Front,
  proxies: readonly AskedProxy[],
  configHash: string,
  isHeld: boolean,
): Promise<unknown> {
  const marks = new Map(
    world.cache.pods(front).map(({ metadata }) => [metadata.name, metadata.annotations?.[CONFIG_HASH]]),
  );
  for (const { pod, report } of isHeld ? [] : proxies) {
    const every = report === undefined ? undefined : nudgeEvery(report, configHash);
    if (every === undefined) continue;
    const mark = `${configHash.slice(0, 16)}-${Math.floor(world.now() / every)}`;
    if (marks.get(pod) !== mark)
      try {
        await world.nudge(front, pod, mark);
      } catch (error) {
        // The pod may just have gone.
        if (!(error instanceof ApiError && error.status === 404)) return error;
      }
  }
  return undefined;
}

/** How often a pod is nudged whose proxy has not got what is mounted for it; undefined where it has. */
function nudgeEvery(report: ProxyReport, configHash: string): number | undefined {
  if (report.configHash !== configHash && report.refusal === '') return NUDGE_MS;
  return report.tokenKeyFault === '' && report.certificateFault === '' ? undefined : NUDGE_FOR_SECRET_MS;
}

/** Whether the status says already that something was refused. */
const isToldAlready = ({ status }: KubeObject, sentence: string): boolean =>
  (status as MidRegistrarStatus | undefined)?.conditions?.some(
    ({ reason, message }) => reason === 'NotApplied' && message.includes(sentence),
  ) === true;

/** The events of what was done: one for all that was done for one cause. */
function notesOf(written: Done['written'], removed: Done['removed'], refusals: Done['refusals']): Note[] {
  const of = (cause: 'Created' | 'Updated' | 'DriftCorrected', words: string): Note[] => {
    const names = written.filter((each) => each.cause === cause).map(({ answer }) => titleOf(answer));
    return names.length === 0
      ? []
      : [{ type: 'Normal', reason: cause, action: 'Apply', text: `${words} ${names.join(', ')}` }];
  };
  const pruned: Note[] =
    removed.length === 0
      ? []
      : [
          {
            type: 'Normal',
            reason: 'Pruned',
            action: 'Delete',
            text: `removed ${removed.map(titleOf).join(', ')}, which is not asked for any more`,
          },
        ];
  const refused = refusals.map(
    ({ sentence }): Note => ({ type: 'Warning', reason: 'NotApplied', action: 'Apply', text: sentence }),
  );
  return [
    ...of('Created', 'created'),
    ...of('Updated', 'updated'),
    ...of('DriftCorrected', `put right what others had changed in`),
    ...pruned,
    ...refused,
  ];
}

const titleOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;
