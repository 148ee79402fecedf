import { ApiError, type Kube } from '../kube/call.ts';
import { connect } from '../kube/connect.ts';
import { pathOf } from '../kube/path.ts';
import { API_VERSION, KIND, PLURAL } from '../names.ts';
import { reasonOf } from './log.ts';

export interface Checked {
  readonly isWell: boolean;
  readonly lines: readonly string[];
}

const TIMEOUT_MS = 10_000;

/** What any cluster must take. */
const SAMPLE = {
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { generateName: 'check-' },
  spec: { domains: ['example.com'], upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.1' }] } },
};

export interface CheckOptions {
  readonly ready: string;
  readonly namespace: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly version: string;
}

/** Asks the operator whether it is ready, and the API server whether it takes a resource; nothing is made. Never rejects. */
export async function checkInstallation(options: CheckOptions): Promise<Checked> {
  const { ready, namespace, kubeconfig, context, version } = options;
  const connection = connect({
    file: kubeconfig,
    context,
    qps: 10,
    burst: 10,
    userAgent: `midreg-check/${version}`,
  });
  if (typeof connection === 'string') return { isWell: false, lines: [connection] };
  try {
    return await check(connection.kube, ready, namespace);
  } finally {
    await connection.kube.close();
  }
}

async function check(kube: Kube, ready: string, namespace: string): Promise<Checked> {
  const answers = [await operatorIsReady(ready), await resourceIsTaken(kube, namespace)];
  const faults = answers.flatMap(({ fault }) => fault ?? []);
  return faults.length > 0
    ? { isWell: false, lines: faults }
    : { isWell: true, lines: answers.flatMap(({ fine }) => fine ?? []) };
}

interface Answer {
  readonly fine?: string;
  readonly fault?: string;
}

async function operatorIsReady(url: string): Promise<Answer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = (await response.text()).slice(0, 1000).trim();
    return response.ok ? { fine: 'the operator is ready' } : { fault: `the operator is not ready: ${text}` };
  } catch (error) {
    return { fault: `the operator does not answer at ${url}: ${reasonOf(error)}` };
  }
}

async function resourceIsTaken(kube: Kube, namespace: string): Promise<Answer> {
  try {
    const path = pathOf({ apiVersion: API_VERSION, plural: PLURAL, namespace });
    await kube.send({ method: 'POST', path, query: { dryRun: 'All' }, body: SAMPLE, timeoutMs: TIMEOUT_MS });
    return { fine: `a MidRegistrar would be taken in namespace ${namespace}` };
  } catch (error) {
    const isUnknown = error instanceof ApiError && error.status === 404;
    const help = isUnknown ? '; is the CustomResourceDefinition installed (crds.enabled=true)?' : '';
    return {
      fault: `the API server takes no MidRegistrar in namespace ${namespace}: ${reasonOf(error)}${help}`,
    };
  }
}
