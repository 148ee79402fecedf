import { ApiError, type Kube } from './call.ts';
import type { KubeObject } from './object.ts';
import { pathOf } from './path.ts';

export interface ApplyOptions {
  readonly plural: string;
  readonly fieldManager: string;
  /** Whether fields that others have set are taken over. */
  readonly force: boolean;
  readonly subresource?: string;
}

/** Server-side apply: the object becomes so in the fields that are named, and stays as it is in others. The answer is the whole object. */
export async function apply(kube: Kube, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
  const { plural, fieldManager, force, subresource } = options;
  const { apiVersion, metadata } = object;
  const answer = await kube.send({
    method: 'PATCH',
    path: pathOf({
      apiVersion,
      plural,
      name: metadata.name,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ...(subresource !== undefined && { subresource }),
    }),
    query: { fieldManager, force: String(force), fieldValidation: 'Strict' },
    contentType: 'application/apply-patch+yaml',
    body: object,
  });
  return answer as KubeObject;
}

/** Deletes just this object, not another one that has come to bear its name. That it is gone already is fine. */
export async function remove(kube: Kube, object: KubeObject, plural: string): Promise<void> {
  const { apiVersion, metadata } = object;
  const { name, namespace, uid } = metadata;
  try {
    await kube.send({
      method: 'DELETE',
      path: pathOf({ apiVersion, plural, name, ...(namespace !== undefined && { namespace }) }),
      body: { propagationPolicy: 'Background', ...(uid !== undefined && { preconditions: { uid } }) },
    });
  } catch (error) {
    const isGone = error instanceof ApiError && (error.status === 404 || error.status === 409);
    if (!isGone) throw error;
  }
}
