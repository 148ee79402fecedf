import { describe, expect, it } from 'vitest';
import { fileStage } from '../support/peers/stage.ts';
import { offlineHelm, withTools } from './chart/tools.ts';

const helm = offlineHelm(fileStage());
withTools('helm');

const nested = (path: string, value: unknown): Record<string, unknown> =>
  path
    .split('.')
    .reverse()
    .reduce<unknown>((inner, name) => ({ [name]: inner }), value) as Record<string, unknown>;

describe('the values', () => {
  it.each([
    ['oprator', {}, "additional properties 'oprator' not allowed"],
    ['operator.replica', 3, "at '/operator': additional properties 'replica' not allowed"],
    ['metrics.serviceMonitor.enable', true, "additional properties 'enable' not allowed"],
    ['operator.resources.request', {}, "additional properties 'request' not allowed"],
    ['operator.tolerations', [{ keys: 'sip' }], "additional properties 'keys' not allowed"],
    ['image.pullPolicy', 'Sometimes', "value must be one of 'IfNotPresent', 'Always', 'Never'"],
    ['image.tag', 'no tag', "at '/image/tag'"],
    ['image.digest', 'sha256:short', "at '/image/digest'"],
    ['image.repository', '', "at '/image/repository'"],
    ['imagePullSecrets', ['registry'], "at '/imagePullSecrets/0'"],
    ['watch.scope', 'cluster', "value must be one of 'Cluster', 'Namespaces'"],
    ['watch.namespaces', ['Branch'], "at '/watch/namespaces/0'"],
    ['operator.replicas', -1, "at '/operator/replicas'"],
    ['operator.replicas', '2', "at '/operator/replicas'"],
    ['operator.logLevel', 'loud', "value must be one of 'debug', 'info', 'warn', 'error'"],
    ['operator.concurrency', 65, "at '/operator/concurrency'"],
    ['operator.resyncSeconds', 9, "at '/operator/resyncSeconds'"],
    ['operator.kubeApi.qps', 0, "at '/operator/kubeApi/qps'"],
    ['operator.resources.limits', { memory: 'much' }, "at '/operator/resources/limits/memory'"],
    ['operator.podLabels', { team: 1 }, "at '/operator/podLabels/team'"],
    ['podDisruptionBudget.maxUnavailable', 0, "at '/podDisruptionBudget/maxUnavailable'"],
    ['metrics.serviceMonitor.interval', 'often', "at '/metrics/serviceMonitor/interval'"],
    ['fullnameOverride', 'f'.repeat(51), "at '/fullnameOverride'"],
    ['nameOverride', 'No_Name', "at '/nameOverride'"],
    ['extraObjects', [{ kind: 'ConfigMap' }], "missing properties 'apiVersion', 'metadata'"],
  ])('refuse %s: %j, saying where it is wrong', async (path, value, words) => {
    expect(await helm.refusal(nested(path, value))).toContain(words);
  });

  it.each([
    [
      'a scope of namespaces that names none',
      { watch: { scope: 'Namespaces' } },
      'watch.scope is Namespaces, but watch.namespaces names none; name those that are to be served, or set watch.scope to Cluster',
    ],
    [
      'namespaces without that scope',
      { watch: { namespaces: ['branch'] } },
      'watch.namespaces names some, but watch.scope is Cluster; set watch.scope to Namespaces, or leave watch.namespaces empty',
    ],
    [
      'a ServiceMonitor without its Service',
      { metrics: { service: { enabled: false }, serviceMonitor: { enabled: true } } },
      'metrics.serviceMonitor.enabled is true, but metrics.service.enabled is false, and the one finds the operator by the other; set both to true',
    ],
    [
      'an account that is neither made nor named',
      { serviceAccount: { create: false } },
      'serviceAccount.create is false, but serviceAccount.name is empty; name an account that exists, or set serviceAccount.create to true',
    ],
    [
      'a burst below the rate',
      { operator: { kubeApi: { qps: 50, burst: 20 } } },
      'operator.kubeApi.burst is below operator.kubeApi.qps, which could never be reached; raise the one or lower the other',
    ],
    [
      'a label of the pods that is the chart’s',
      { operator: { podLabels: { 'app.kubernetes.io/name': 'mine' } } },
      'operator.podLabels sets app.kubernetes.io/name, which the chart sets itself and finds its objects by; choose another label',
    ],
    [
      'a label of the alerts that is the chart’s',
      { metrics: { prometheusRule: { enabled: true, labels: { 'helm.sh/chart': 'mine' } } } },
      'metrics.prometheusRule.labels sets helm.sh/chart',
    ],
  ])('refuse %s, with what to do', async (_, values, sentence) => {
    expect(await helm.refusal(values)).toContain(sentence);
  });
});
