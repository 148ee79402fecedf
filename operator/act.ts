import { childKind } from './kinds.ts';
import { apply, remove } from './kube/apply.ts';
import { ApiError, type Kube } from './kube/call.ts';
import type { KubeObject } from './kube/object.ts';
import { pathOf } from './kube/path.ts';
import { FIELD_MANAGER } from './names.ts';
import { type Cause, isOthers, nameOf, type Plan, type Step } from './plan.ts';

/** What became of a plan. */
export interface Done {
  /** What was written, as the API server answered it, with the wish that it answers. */
  readonly written: readonly {
    readonly cause: Cause;
    readonly wished: KubeObject;
    readonly answer: KubeObject;
  }[];
  readonly removed: readonly KubeObject[];
  /** What the API server refused, as sentences. */
  readonly refusals: readonly Refusal[];
  /** What should be tried again: the server was busy, or not reached. */
  readonly failure: unknown;
}

export interface Refusal {
  readonly sentence: string;
  /** Whether the same wish would be refused again. */
  readonly isForGood: boolean;
}

/** Whose children a plan is about. */
export interface Whose {
  /** The front's. */
  readonly uid: string;
  /** Whether it has no children yet, as far as is known: its status was never written. */
  readonly isNew: boolean;
}

/** Carries a plan out, each step by itself, so that one that is refused keeps no other from being done. */
export async function act(kube: Kube, plan: Plan, whose: Whose): Promise<Done> {
  const written: Done['written'][number][] = [];
  const removed: KubeObject[] = [];
  const refusals: Refusal[] = plan.taken.map(nameTaken);
  let failure: unknown;
  const attempt = async (object: KubeObject, isNew: boolean, what: () => Promise<void>): Promise<void> => {
    try {
      await what();
    } catch (error) {
      const refusal = refusalOf(object, isNew, error);
      if (refusal === undefined) failure = error;
      else refusals.push(refusal);
    }
  };
  for (const step of plan.apply)
    await attempt(step.object, step.cause === 'Created', async () => {
      const answer = await write(kube, step, whose);
      if (answer === undefined) refusals.push(nameTaken(nameOf(step.object)));
      else written.push({ cause: step.cause, wished: step.object, answer });
    });
  for (const object of plan.remove)
    await attempt(object, false, async () => {
      await remove(kube, object, childKind(object.kind).plural);
      removed.push(object);
    });
  return { written, removed, refusals, failure };
}

/**
 * Writes one object; undefined where the name turned out to be somebody else's. That is looked at before, but for a new
 * front: then what should be new is not forced upon fields that others have set, and taken back where it was merged
 * into an object that was there.
 */
async function write(
  kube: Kube,
  { cause, object }: Step,
  { uid, isNew }: Whose,
): Promise<KubeObject | undefined> {
  const as = { plural: childKind(object.kind).plural, fieldManager: FIELD_MANAGER };
  if (cause !== 'Created') return apply(kube, object, { ...as, force: true });
  const there = isNew ? undefined : await read(kube, object, as.plural);
  // Ours, though no watch tells of it: somebody has taken its label.
  if (there !== undefined)
    return isOthers(there, uid) ? undefined : apply(kube, object, { ...as, force: true });
  const answer = await apply(kube, object, { ...as, force: false });
  const others = answer.metadata.managedFields?.filter(
    ({ manager, subresource }) => manager !== FIELD_MANAGER && subresource === undefined,
  );
  if (others === undefined || others.length === 0) return answer;
  const { name, namespace } = object.metadata;
  const nothing = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
  };
  await apply(kube, nothing, { ...as, force: false });
  return undefined;
}

/** Undefined where there is none. */
async function read(
  kube: Kube,
  { apiVersion, metadata }: KubeObject,
  plural: string,
): Promise<KubeObject | undefined> {
  const { name, namespace } = metadata;
  const of = { apiVersion, plural, name, ...(namespace !== undefined && { namespace }) };
  try {
    return (await kube.send({ method: 'GET', path: pathOf(of) })) as KubeObject;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

const nameTaken = (name: string): Refusal => ({
  sentence: `${name} is there already and is not ours; rename or remove it, or rename this resource`,
  isForGood: true,
});

/**
 * The API server's refusal of an object; undefined where it was something else that passes, as a conflict does that is
 * not about a name.
 */
function refusalOf(object: KubeObject, isNew: boolean, error: unknown): Refusal | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { status, message } = error;
  if (status === 409 && isNew) return nameTaken(nameOf(object));
  if (status === 403) return { sentence: `${nameOf(object)}: ${message}`, isForGood: false };
  if (status === 400 || status === 422) return { sentence: `${nameOf(object)}: ${message}`, isForGood: true };
  return undefined;
}
