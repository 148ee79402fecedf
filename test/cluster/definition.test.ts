import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { definitionState } from '../../operator/definition.ts';
import { ApiError } from '../../operator/kube/call.ts';
import { type Connection, connect } from '../../operator/kube/connect.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import { pathOf } from '../../operator/kube/path.ts';
import { resourceText } from '../sidecar/config/resource-text.ts';
import { RULE_CASES } from '../sidecar/config/rule-cases.ts';
import { fileStage } from '../support/peers/stage.ts';
import { startCluster } from './support/cluster.ts';
import { DEFINITION, installDefinition } from './support/definition.ts';
import { withClusterParts } from './support/run-cluster.ts';

const LIST = pathOf({ apiVersion: 'midregistrar.dev/v1', plural: 'midregistrars', namespace: 'default' });

const stage = fileStage();
let connection: Connection;
let kubectl: (args: readonly string[], stdin?: string) => Promise<string>;

withClusterParts('controlPlane', async () => {
  const cluster = await startCluster({ mode: 'controlPlane' });
  stage.onClose(() => cluster.stop());
  kubectl = cluster.kubectl;
  const made = connect({
    file: cluster.kubeconfig,
    qps: 1000,
    burst: 1000,
    userAgent: 'test',
  });
  if (typeof made === 'string') throw new Error(made);
  connection = made;
  stage.onClose(() => connection.kube.close());
  await installDefinition(cluster);
});

/** What the API server says to a resource; an empty text where it takes it. Nothing is made. */
async function refusal(resource: unknown): Promise<string> {
  try {
    await connection.kube.send({
      method: 'POST',
      path: LIST,
      query: { dryRun: 'All', fieldValidation: 'Strict' },
      body: resource,
    });
    return '';
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 422 && error.status !== 400)) throw error;
    return error.message;
  }
}

describe('the API server', () => {
  describe.each(RULE_CASES)('by the rule "$rule"', ({ rule, keep, broken }) => {
    it.each(keep)('takes %j', async ({ sections, name }) => {
      expect(await refusal(parse(resourceText(sections, name)))).toBe('');
    });

    it.each(broken)('refuses %j, with that sentence', async ({ sections, name }) => {
      expect(await refusal(parse(resourceText(sections, name)))).toContain(rule);
    });
  });

  it.each([
    ['an unknown field', { registration: '{inserton: Path}' }, 'unknown field "spec.registration.inserton"'],
    ['a value that is none of those allowed', { store: '{type: Disk}' }, 'Unsupported value: "Disk"'],
    ['a port beyond all ports', { listeners: '[{name: udp, port: 99999}]' }, 'spec.listeners[0].port'],
    ['a list with one name twice', { listeners: '[{name: a}, {name: a, port: 5}]' }, 'Duplicate value'],
    ['a resource without a PBX', { upstream: '{endpoints: []}' }, 'should have at least 1 items'],
  ])('refuses %s', async (_, sections, words) => {
    expect(
      await refusal(parse(resourceText(sections as unknown as Readonly<Record<string, string>>))),
    ).toContain(words);
  });

  it.each([
    [
      '{volume: {sizeMebibytes: 512}}',
      '{volume: {sizeMebibytes: 256}}',
      "store.volume.sizeMebibytes can't shrink",
    ],
    ['{volume: {sizeMebibytes: 512}}', '{volume: {sizeMebibytes: 1024}}', ''],
    [
      '{volume: {storageClassName: fast}}',
      '{volume: {storageClassName: slow}}',
      "store.volume.storageClassName can't be changed",
    ],
    ['{volume: {storageClassName: fast}}', '{volume: {storageClassName: fast, sizeMebibytes: 2048}}', ''],
  ])('says of a store that was %s and becomes %s: %s', async (before, after, words) => {
    const made = (await connection.kube.send({
      method: 'POST',
      path: LIST,
      body: parse(resourceText({ store: before }, 'changing')),
    })) as KubeObject;
    try {
      const changed = { ...parse(resourceText({ store: after }, 'changing')), metadata: made.metadata };
      const path = `${LIST}/changing`;
      const answer = await connection.kube
        .send({ method: 'PUT', path, query: { dryRun: 'All' }, body: changed })
        .then(
          () => '',
          (error: Error) => error.message,
        );
      if (words === '') expect(answer).toBe('');
      else expect(answer).toContain(words);
    } finally {
      await connection.kube.send({ method: 'DELETE', path: `${LIST}/changing` });
    }
  });

  it('fills in every default that the sidecar would', async () => {
    const { accept } = await import('../../operator/accept.ts');
    const bare = parse(resourceText());
    const made = (await connection.kube.send({
      method: 'POST',
      path: LIST,
      query: { dryRun: 'All' },
      body: bare,
    })) as KubeObject;
    expect(made.spec).toEqual(accept(bare).front?.spec);
  });

  it('explains every field', async () => {
    // The server publishes what explains a new kind some time after it serves it.
    const explain = () => kubectl(['explain', 'midreg.spec', '--recursive']);
    const explained = await vi.waitFor(explain, { timeout: 30_000, interval: 500 });
    expect(explained).toContain('windowSeconds');
    expect(await kubectl(['explain', 'midreg.spec.registration.insertion'])).toContain('RFC 3327');
  });

  it('scales a resource, but not beyond one', async () => {
    await connection.kube.send({ method: 'POST', path: LIST, body: parse(resourceText({}, 'scaled')) });
    await kubectl(['scale', 'midreg', 'scaled', '--replicas=0']);
    expect(await kubectl(['get', 'midreg', 'scaled', '-o', 'jsonpath={.spec.replicas}'])).toBe('0');
    await expect(kubectl(['scale', 'midreg', 'scaled', '--replicas=2'])).rejects.toThrow(
      'replicas must be 0 or 1',
    );
    await connection.kube.send({ method: 'DELETE', path: `${LIST}/scaled` });
  });

  it("holds the definition that is this operator's, until somebody changes it", async () => {
    expect(await definitionState(connection.kube)).toEqual({ differs: false, sentence: '' });
    const crd = parse(readFileSync(DEFINITION, 'utf8'));
    delete crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.logLevel;
    await kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(crd));
    expect(await definitionState(connection.kube)).toMatchObject({ differs: true });
    await kubectl(['apply', '--server-side', '-f', DEFINITION]);
  });
});
