import { MATRIX } from './matrix.ts';
import type { Helm, Rendered } from './tools.ts';

/** Kinds whose objects lie in no namespace. */
export const CLUSTER_KINDS = ['CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding'];

/** The objects of an entry of the matrix. */
export function rendered(helm: Helm, name: string): Promise<readonly Rendered[]> {
  const found = MATRIX[name];
  if (found === undefined) throw new Error(`the matrix has no "${name}"`);
  return helm.render(found.values, found.release);
}

/** Without those that the values add as they are. */
export const ofOurs = (objects: readonly Rendered[]): readonly Rendered[] =>
  objects.filter(({ metadata }) => metadata.labels?.mine === undefined);

export const ofKind = (objects: readonly Rendered[], kind: string): readonly Rendered[] =>
  objects.filter((object) => object.kind === kind);

export const theOnly = (objects: readonly Rendered[], kind: string): Rendered => {
  const [found, ...more] = ofKind(objects, kind);
  if (found === undefined || more.length > 0) throw new Error(`there is not one ${kind}`);
  return found;
};

/** The container of the operator, or of `helm test`. */
export const containerOf = (objects: readonly Rendered[], kind: 'Deployment' | 'Pod') => {
  const { spec } = theOnly(objects, kind);
  return (kind === 'Pod' ? spec : spec.template.spec).containers[0];
};
