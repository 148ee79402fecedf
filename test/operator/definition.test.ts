import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { definitionState } from '../../operator/definition.ts';
import { ApiError, type Call, type Kube } from '../../operator/kube/call.ts';

const definition = (): Record<string, never> & { spec: { versions: { name: string; schema: object }[] } } =>
  parse(readFileSync(join(import.meta.dirname, '../../crds/midregistrar.yaml'), 'utf8'));

/** An API server that answers one thing, or fails so. */
const answering = (answer: unknown, asked: Call[] = []): Kube => ({
  send: async (call) => {
    asked.push(call);
    if (answer instanceof Error) throw answer;
    return answer;
  },
  // biome-ignore lint/correctness/useYield: nobody watches here.
  lines: async function* () {
    throw new ApiError(405, 'MethodNotAllowed', 'watch is not served');
  },
});

describe('the cluster’s definition', () => {
  it('is ours where its schema asks for the same, whatever else a server puts in', async () => {
    const served = definition();
    const [version] = served.spec.versions;
    Object.assign(version as object, { additionalPrinterColumns: [], storage: false });
    const asked: Call[] = [];
    const kube = answering({ ...served, status: { conditions: [] } }, asked);
    expect(await definitionState(kube)).toEqual({ differs: false, sentence: '' });
    expect(asked).toEqual([
      {
        method: 'GET',
        path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/midregistrars.midregistrar.dev',
      },
    ]);
  });

  it('is another where a field is, and the sentence says what to do', async () => {
    const text = JSON.stringify(definition()).replace('"maxBindings"', '"mostBindings"');
    const state = await definitionState(answering(JSON.parse(text)));
    expect(state.differs).toBe(true);
    expect(state.sentence).toContain('helm upgrade with crds.enabled=true');
  });

  it('is another where it has not our version', async () => {
    const served = definition();
    for (const version of served.spec.versions) version.name = 'v2';
    expect((await definitionState(answering(served))).differs).toBe(true);
  });

  it('is missing where there is none', async () => {
    const state = await definitionState(answering(new ApiError(404, 'NotFound', 'not found')));
    expect(state.differs).toBe(true);
    expect(state.sentence).toContain('install it with the chart');
  });

  it('is taken for ours where it may not be looked at', async () => {
    const kube = answering(new ApiError(403, 'Forbidden', 'forbidden'));
    expect(await definitionState(kube)).toEqual({ differs: false, sentence: '' });
  });

  it('is taken for ours where it can not be read, and that is told', async () => {
    expect(await definitionState(answering(new Error('connection refused')))).toEqual({
      differs: false,
      sentence: "the CustomResourceDefinition can't be read: connection refused",
    });
  });
});
