import type { OwnerReference } from './kube/object.ts';

/** The API group of what we serve and of the labels and annotations that are ours. */
export const GROUP = 'midregistrar.dev';

export const API_VERSION = `${GROUP}/v1`;
export const KIND = 'MidRegistrar';
export const PLURAL = 'midregistrars';

/** Who wrote a field, as server-side apply keeps it: the children's, and the status'. Others' fields are left alone. */
export const FIELD_MANAGER = 'midregistrar-operator';
export const STATUS_MANAGER = 'midregistrar-status';

/** The name of the front that an object belongs to; every watch of children selects by it. */
export const FRONT_LABEL = `${GROUP}/midregistrar`;

/** SHA-256 of what was applied of an object, so that a change of the wish is told from a change of the world. */
export const APPLIED_HASH = `${GROUP}/applied-hash`;

/** On a pod: the configuration that it is to take; writing it makes the kubelet look at the mounted one at once. */
export const CONFIG_HASH = `${GROUP}/config-hash`;

/** On the pod's template: what takes effect at a start only. */
export const START_HASH = `${GROUP}/start-hash`;

/** The front that all is about. */
export interface FrontName {
  readonly namespace: string;
  readonly name: string;
}

export const keyOf = ({ namespace, name }: FrontName): string => `${namespace}/${name}`;

export const frontOf = (key: string): FrontName => {
  const [namespace = '', name = ''] = key.split('/', 2);
  return { namespace, name };
};

/** What all children are called, Services apart; a front's name has at most 48 characters, an object's 63. */
export const childName = (front: FrontName): string => `${front.name}-midreg`;

export const serviceName = (front: FrontName, transport: 'UDP' | 'TCP'): string =>
  `${childName(front)}-${transport.toLowerCase()}`;

/** The Service by which Prometheus finds the admin port. */
export const adminServiceName = (front: FrontName): string => `${childName(front)}-admin`;

/** By which a front's pods are found; a Deployment's never changes. */
export const selectorOf = (front: FrontName): Readonly<Record<string, string>> => ({
  [FRONT_LABEL]: front.name,
});

export const labelsOf = (front: FrontName): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/name': 'midregistrar',
  'app.kubernetes.io/instance': front.name,
  'app.kubernetes.io/component': 'proxy',
  'app.kubernetes.io/managed-by': FIELD_MANAGER,
  ...selectorOf(front),
});

/** Makes an object go when its front goes. */
export const ownerOf = (front: FrontName, uid: string): OwnerReference => ({
  apiVersion: API_VERSION,
  kind: KIND,
  name: front.name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});
