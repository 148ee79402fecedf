import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { accept } from '../../operator/accept.ts';
import { resolveAddresses } from '../../operator/addresses.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import { viewPod } from '../../operator/pods.ts';
import { type Means, render } from '../../operator/render/render.ts';
import { proxyResource } from '../../operator/render/resource.ts';
import { viewAssigned, viewDeployment } from '../../operator/view.ts';

const FOLDER = join(import.meta.dirname, 'golden');
const MEANS: Means = { image: 'midregistrar:test', hasServiceMonitors: true };

/** A resource as a user writes it, then what the cluster has of it; what is to be made of both. */
const cases = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.replace('.in.yaml', ''));

const outcome = (input: string): string => {
  const [resource, ...live] = parseAllDocuments(input).map((document) => document.toJS() as KubeObject);
  if (resource === undefined) throw new Error('a case begins with a resource');
  const { front, faults } = accept({ ...resource, metadata: { ...resource.metadata, uid: 'front-uid' } });
  if (front === undefined || faults.length > 0) throw new Error(faults.join('\n'));
  const pods = live.filter(({ kind }) => kind === 'Pod').map(viewPod);
  const { addresses, pending } = resolveAddresses(front.spec, viewAssigned(front, live, pods));
  const deployment = live.find(({ kind }) => kind === 'Deployment');
  const { scaledByOther } = viewDeployment(deployment);
  const objects = render(front, MEANS, proxyResource(front, addresses), scaledByOther);
  const told = { addresses, ...(pending.length > 0 && { pending }) };
  return [told, ...objects]
    .map((each) => stringify(each, { aliasDuplicateObjects: false, lineWidth: 0 }))
    .join('---\n');
};

describe('what is rendered of a resource', () => {
  it.each(cases)('is as written down for %s (GOLDEN=write writes it anew)', (name) => {
    const file = join(FOLDER, `${name}.out.yaml`);
    const text = outcome(readFileSync(join(FOLDER, `${name}.in.yaml`), 'utf8'));
    if (process.env.GOLDEN === 'write') writeFileSync(file, text);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : 'nothing').toBe(text);
  });

  it('leaves no expectation without its case', () => {
    const expectations = readdirSync(FOLDER).filter((file) => file.endsWith('.out.yaml'));
    expect(expectations.map((file) => file.replace('.out.yaml', ''))).toEqual(cases);
  });
});
