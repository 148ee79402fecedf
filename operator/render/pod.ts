import type { Pod as PodSpec } from '../../crds/midregistrar.ts';
import { canonicalJson, sha256 } from '../canonical.ts';
import type { Front } from '../front.ts';
import { childName, labelsOf, START_HASH } from '../names.ts';
import { SECRETS_DIR, secretsVolume } from './secrets.ts';

/** Where the proxy serves health, metrics and status. */
export const ADMIN_PORT = 8080;

/** The file of the ConfigMap that the proxy reads. */
export const RESOURCE_FILE = 'resource.json';

const CONFIG_DIR = '/etc/midregistrar';
const TOKEN_DIR = '/etc/midregistrar-token';
const DATA_DIR = '/var/lib/midregistrar';

/** As the image has it. */
const USER = 65532;

/** How much longer than the drain the pod is let live. */
const AFTER_DRAIN_SECONDS = 15;

/** Labels and annotations that begin so are the operator's. */
const RESERVED = /^(app\.kubernetes\.io|midregistrar\.dev)\//;

/**
 * The pod's template. What a listener is has no place in it, for the proxy opens and closes listeners while it runs;
 * nor has the operator's version, so that an upgrade of the operator rolls nothing by itself.
 */
export function podTemplate(front: Front, defaultImage: string): object {
  const { pod, store, drain, listeners } = front.spec;
  const atStart = { type: store.type, maxBindings: store.maxBindings };
  return {
    metadata: {
      labels: { ...unreserved(pod.labels), ...labelsOf(front) },
      annotations: {
        ...unreserved(pod.annotations),
        [START_HASH]: sha256(canonicalJson(atStart)).slice(0, 16),
      },
    },
    spec: {
      serviceAccountName: childName(front),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: drain.windowSeconds + AFTER_DRAIN_SECONDS,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
        // One of the sysctls that the restricted Pod Security Standard lets pass; the capability is not.
        sysctls: listeners.some(({ port }) => port < 1024)
          ? [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }]
          : undefined,
      },
      imagePullSecrets: pod.imagePullSecrets,
      nodeSelector: pod.nodeSelector,
      tolerations: pod.tolerations,
      priorityClassName: pod.priorityClassName,
      containers: [container(front, pod.image ?? defaultImage)],
      volumes: volumes(front),
    },
  };
}

function container({ spec }: Front, image: string): object {
  const { tokenSecretRef } = spec.registration;
  const token = tokenSecretRef && `${TOKEN_DIR}/${tokenSecretRef.key}`;
  return {
    name: 'proxy',
    image,
    args: [
      'run',
      `${CONFIG_DIR}/${RESOURCE_FILE}`,
      '--data',
      DATA_DIR,
      '--admin',
      `0.0.0.0:${ADMIN_PORT}`,
      ...(token === undefined ? [] : ['--token-key', token]),
      ...(secretsVolume(spec) === undefined ? [] : ['--secrets', SECRETS_DIR]),
    ],
    ports: [{ name: 'http', containerPort: ADMIN_PORT, protocol: 'TCP' }],
    // Ready means started, and stays so under load and while it drains: a pod that is not ready has its UDP flows cut.
    startupProbe: { ...probe('/readyz'), periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 300 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 6 },
    livenessProbe: { ...probe('/livez'), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    resources: resources(spec.pod.resources),
    // Why it could not start is told on its way out, and comes into the front's conditions.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'config', mountPath: CONFIG_DIR, readOnly: true },
      { name: 'data', mountPath: DATA_DIR },
      ...(token === undefined ? [] : [{ name: 'token', mountPath: TOKEN_DIR, readOnly: true }]),
      ...(secretsVolume(spec) === undefined
        ? []
        : [{ name: 'secrets', mountPath: SECRETS_DIR, readOnly: true }]),
    ],
  };
}

const probe = (path: string): object => ({ httpGet: { path, port: 'http' } });

const resources = ({ requests, limits }: PodSpec['resources']): object => ({ requests, limits });

function volumes(front: Front): object[] {
  const { store, registration } = front.spec;
  const { type, sizeMebibytes } = store.volume;
  const data =
    type === 'PersistentVolumeClaim'
      ? { persistentVolumeClaim: { claimName: childName(front) } }
      : { emptyDir: { sizeLimit: `${sizeMebibytes}Mi` } };
  const { tokenSecretRef } = registration;
  // Optional, so that a Secret that is missing keeps no pod from starting; the proxy says so in its status.
  const token = tokenSecretRef && { secretName: tokenSecretRef.name, optional: true };
  const secrets = secretsVolume(front.spec);
  return [
    { name: 'config', configMap: { name: childName(front) } },
    { name: 'data', ...data },
    ...(token === undefined ? [] : [{ name: 'token', secret: token }]),
    ...(secrets === undefined ? [] : [secrets]),
  ];
}

const unreserved = (texts: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).filter(([name]) => !RESERVED.test(name)));
