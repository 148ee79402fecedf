import { CHILD_KINDS, type Kind, POD, SERVICE_MONITOR } from './kinds.ts';
import type { ReflectorOptions } from './kube/reflector.ts';
import { lean } from './lean.ts';
import { API_VERSION, FRONT_LABEL, KIND, PLURAL } from './names.ts';

const FRONT: Kind = { apiVersion: API_VERSION, kind: KIND, plural: PLURAL };

/** What a watch is to mirror. */
export type WatchSpec = Pick<ReflectorOptions, 'kind' | 'of' | 'labelSelector' | 'lean'>;

/** All watches of the operator: our resources, and what bears the label of one. `namespaces` undefined: all of them. */
export function watchSpecs(
  namespaces: readonly string[] | undefined,
  hasServiceMonitors: boolean,
): readonly WatchSpec[] {
  const children = CHILD_KINDS.filter((kind) => kind !== SERVICE_MONITOR || hasServiceMonitors);
  const places = namespaces?.map((namespace) => ({ namespace })) ?? [{}];
  const of = ({ apiVersion, kind, plural }: Kind, labelled: boolean): WatchSpec[] =>
    places.map((place) => ({
      kind,
      of: { apiVersion, plural, ...place },
      lean,
      ...(labelled && { labelSelector: FRONT_LABEL }),
    }));
  return [...of(FRONT, false), ...[...children, POD].flatMap((kind) => of(kind, true))];
}
