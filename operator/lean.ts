import type { KubeObject } from './kube/object.ts';

/** An object without what nobody here reads; there are thousands of them in memory. */
export function lean(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  if (object.kind === 'Pod') {
    const { spec: _, ...rest } = object as KubeObject & { readonly spec?: unknown };
    return { ...rest, metadata } as KubeObject;
  }
  if (object.kind !== 'Deployment') return { ...object, metadata };
  // Who has set the number of pods decides whether we do.
  const scalers = (managedFields ?? []).filter(setsReplicas).map(({ fieldsV1: _, ...scaler }) => scaler);
  return { ...object, metadata: { ...metadata, managedFields: scalers } };
}

function setsReplicas({ fieldsV1 }: { readonly fieldsV1?: unknown }): boolean {
  const fields = fieldsV1 as { readonly 'f:spec'?: { readonly 'f:replicas'?: unknown } } | undefined;
  return fields?.['f:spec']?.['f:replicas'] !== undefined;
}
