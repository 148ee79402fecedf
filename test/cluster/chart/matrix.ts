import type { Values } from './tools.ts';

export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const LONGEST = 'a-name-as-long-as-helm-lets-one-be-which-is-53-chars';

export interface Case {
  readonly values: Values;
  readonly release?: string;
}

/** Ways to install the chart; what holds of one must hold of all. */
export const MATRIX: Readonly<Record<string, Case>> = {
  default: { values: {} },
  'a few namespaces': { values: { watch: { scope: 'Namespaces', namespaces: ['branch', 'office'] } } },
  'nothing for the whole cluster': {
    values: {
      watch: { scope: 'Namespaces', namespaces: ['branch'] },
      crds: { enabled: false },
      rbac: { aggregate: false },
    },
  },
  'its own namespace': {
    values: { watch: { scope: 'Namespaces', namespaces: ['sip-system'] } },
  },
  'without the definition': { values: { crds: { enabled: false } } },
  'a definition that goes with it': { values: { crds: { keep: false } } },
  'all that can be on': {
    values: {
      networkPolicy: { enabled: true },
      metrics: {
        serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, interval: '15s' },
        prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
        dashboards: { enabled: true },
      },
      imagePullSecrets: [{ name: 'registry' }],
      operator: {
        replicas: 3,
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        tolerations: [{ key: 'sip', operator: 'Exists', effect: 'NoSchedule' }],
        affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
        ],
        priorityClassName: 'system-cluster-critical',
        podLabels: { team: 'voice' },
        podAnnotations: { note: 'yes: "quoted"' },
      },
      serviceAccount: { name: 'caller', annotations: { note: 'yes' } },
      podDisruptionBudget: { maxUnavailable: '50%' },
    },
  },
  'all that can be off': {
    values: {
      operator: { replicas: 1 },
      crds: { enabled: false },
      rbac: { create: false, aggregate: false },
      serviceAccount: { create: false, name: 'given' },
      podDisruptionBudget: { enabled: false },
      metrics: { service: { enabled: false } },
    },
  },
  'images by digest': {
    values: {
      image: { repository: 'registry.test/sip/midregistrar', digest: DIGEST },
      proxy: { image: { repository: 'registry.test/sip/proxy', digest: DIGEST } },
    },
  },
  'another name': { values: { nameOverride: 'fronts' } },
  'another whole name': { values: { fullnameOverride: 'sip-fronts' } },
  'the longest release name': { values: {}, release: LONGEST },
  'the longest names': {
    values: { nameOverride: 'n'.repeat(50), fullnameOverride: 'f'.repeat(50) },
    release: LONGEST,
  },
  'as a part of another chart': { values: { global: { anything: 1 } } },
  'objects of others beside it': {
    values: {
      extraObjects: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'further', namespace: 'sip-system', labels: { mine: 'yes' } },
          data: { key: '{{ not a template }}' },
        },
      ],
    },
  },
};
