import { expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { type OperatorProcess, startOperator } from '../support/operator.ts';
import { fileStage } from '../support/peers/stage.ts';
import { type OwnCluster, startCluster } from './support/cluster.ts';
import { installDefinition, leastFront } from './support/definition.ts';
import { withClusterParts } from './support/run-cluster.ts';

/** How soon another leads when the leader is gone without a word: its lease of 15 s, and a look each 2 s. */
const TAKEOVER_MS = 17_000;
/** Until it shows here: the work itself has to be done then, and kubectl to be started, on a busy machine. */
const SEEN_MS = TAKEOVER_MS + 2000;

const stage = fileStage();
let cluster: OwnCluster;
let serial = 0;

withClusterParts('controlPlane', async () => {
  cluster = await startCluster({ mode: 'controlPlane' });
  stage.onClose(() => cluster.stop());
  await installDefinition(cluster);
});

const running = new Map<string, OperatorProcess>();

async function start(name: string): Promise<OperatorProcess> {
  const started = await startOperator(stage, cluster.kubeconfig, {
    POD_NAME: name,
    POD_NAMESPACE: 'default',
  });
  running.set(name, started);
  return started;
}

interface Spec {
  readonly holderIdentity: string;
  readonly leaseTransitions: number;
}

const lease = async (): Promise<Spec> =>
  parse(await cluster.kubectl(['get', 'lease', 'midregistrar-operator', '-o', 'json'])).spec;

const leads = (name: string, timeout = TAKEOVER_MS + 3000): Promise<Spec> =>
  vi.waitFor(
    async () => {
      const spec = await lease();
      expect(spec.holderIdentity.startsWith(`${name}_`)).toBe(true);
      return spec;
    },
    { timeout, interval: 100 },
  );

/** Makes a resource and resolves when an operator has carried it out, with how long that took. */
async function carriedOut(timeout: number): Promise<number> {
  const name = `front-${++serial}`;
  const begun = performance.now();
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(leastFront(name)));
  await vi.waitFor(() => cluster.kubectl(['get', 'deploy', `${name}-midreg`]), { timeout, interval: 100 });
  return performance.now() - begun;
}

it('has the work taken over within 17 s of the leader’s death', async () => {
  const first = await start('first');
  await leads('first');
  await start('second');
  await carriedOut(5000);
  first.signal('SIGKILL');
  expect(await carriedOut(SEEN_MS + 1000)).toBeLessThan(SEEN_MS);
  await leads('second');
}, 60_000);

it('has the work taken over at once where the leader ends in order', async () => {
  await leads('second');
  await start('third');
  await running.get('second')?.stop();
  expect(await carriedOut(TAKEOVER_MS)).toBeLessThan(5000);
  await leads('third');
}, 60_000);

it('lets a leader that was stopped write nothing when it wakes, and end', async () => {
  const asleep = running.get('third') as OperatorProcess;
  const other = await start('fourth');
  await carriedOut(5000);
  asleep.signal('SIGSTOP');
  expect(await carriedOut(SEEN_MS + 1000)).toBeLessThan(SEEN_MS);
  const { leaseTransitions } = await leads('fourth');
  const before = await other.counts();
  asleep.signal('SIGCONT');
  expect((await asleep.exited).code).toBe(1);
  const woken = asleep.log.slice(asleep.log.lastIndexOf('"msg":"Created"'));
  expect(woken).toContain('"msg":"ending"');
  await carriedOut(5000);
  expect((await other.counts()).writes).toBeGreaterThan(before.writes);
  expect((await lease()).leaseTransitions).toBe(leaseTransitions);
}, 60_000);
