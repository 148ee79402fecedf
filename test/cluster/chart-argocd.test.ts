import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Found } from '../../operator/conditions.ts';
import { statusOf } from '../../operator/status.ts';
import { found } from '../operator/fronts.ts';
import { runCommand } from '../support/peers/command.ts';
import { fileStage } from '../support/peers/stage.ts';
import { withTools } from './chart/tools.ts';

const SCRIPT = join(import.meta.dirname, '../../charts/argocd/health.lua');

const stage = fileStage();
withTools('lua5.4');

/** A JSON value as Lua writes it. */
function lua(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(lua).join(',')}}`;
  if (typeof value !== 'object' || value === null) return value === null ? 'nil' : JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, field]) => `[${JSON.stringify(name)}]=${lua(field)}`)
    .join(',')}}`;
}

/** What Argo CD would show of a resource: it runs the script with the resource as `obj`. */
async function health(resource: object): Promise<string> {
  const driver = join(stage.directory('argocd'), 'driver.lua');
  const run = `obj = ${lua(resource)}\nlocal told = dofile(${JSON.stringify(SCRIPT)})\n`;
  writeFileSync(driver, `${run}io.write(told.status .. ': ' .. told.message)`);
  return runCommand('lua5.4', [driver], 10_000);
}

/** As the operator writes it. */
const ofFront = (all: Found): object => ({
  metadata: { generation: all.front.generation },
  spec: { replicas: all.front.spec.replicas },
  status: statusOf(all, undefined, '1.2.3', 0),
});

const asleep = { replicas: 0 };

describe('Argo CD', () => {
  it.each<readonly [what: string, shown: string, all: Found]>([
    ['a front with which all is well', 'Healthy: the PBX is fronted', found()],
    ['pods that are being replaced', 'Progressing: pods are', found({ rolledOut: false })],
    ['a spec that can not be carried out', 'Degraded: no such', found({ faults: ['no such'] })],
    ['a refusal for good', 'Degraded: taken', found({ refusals: ['taken'], refusedForGood: true })],
    ['a refusal that may pass', 'Degraded: quota', found({ refusals: ['quota'] })],
    ['a front that was put to sleep', 'Suspended: replicas is 0', found({ pods: [], proxies: [] }, asleep)],
    ['one whose putting to sleep was refused', 'Degraded: no such', found({ faults: ['no such'] }, asleep)],
  ])('shows %s as it is', async (_, shown, all) => {
    expect(await health(ofFront(all))).toContain(shown);
  });

  it('shows what the operator has not looked at as being under way', async () => {
    const unseen = { metadata: { generation: 1 }, spec: { replicas: 1 } };
    expect(await health(unseen)).toMatch(/^Progressing: /);
    expect(await health({ ...unseen, status: {} })).toMatch(/^Progressing: /);
    const changed = { ...ofFront(found()), metadata: { generation: found().front.generation + 1 } };
    expect(await health(changed)).toMatch(/^Progressing: .*last change/);
  });
});
