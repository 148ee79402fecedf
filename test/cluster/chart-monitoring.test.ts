import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { runCommand } from '../support/peers/command.ts';
import { fileStage } from '../support/peers/stage.ts';
import { dashboardExpressions, readAlerts } from './chart/monitoring.ts';
import { CHART, withTools } from './chart/tools.ts';

const ALERTS = join(CHART, 'files/alerts.yaml');
const CASES = join(import.meta.dirname, 'chart/alerts.yaml');

const stage = fileStage();
withTools('promtool');

const promtool = (...args: string[]): Promise<string> => runCommand('promtool', args, 60_000);

interface Cases {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: unknown[] }[];
  }[];
}

describe('the alerts', () => {
  it('are rules that Prometheus takes', async () => {
    expect(await promtool('check', 'rules', ALERTS)).toContain('SUCCESS');
  });

  it('fire where they should and are silent where they should not', async () => {
    expect(await promtool('test', 'rules', CASES)).toContain('SUCCESS');
  });

  it('have each a case in which they fire and one in which they do not', () => {
    const cases = (parse(readFileSync(CASES, 'utf8')) as Cases).tests.flatMap(
      ({ alert_rule_test }) => alert_rule_test,
    );
    const namesOf = (fires: boolean): string[] => [
      ...new Set(
        cases.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname),
      ),
    ];
    const names = readAlerts()
      .map(({ alert }) => alert)
      .sort();
    expect(namesOf(true).sort()).toEqual(names);
    expect(namesOf(false).sort()).toEqual(names);
  });
});

describe('the dashboard', () => {
  it('asks what Prometheus can read', async () => {
    const rules = dashboardExpressions().map((expr, i) => ({ record: `panel:${i}`, expr }));
    const file = join(stage.directory('dashboard'), 'rules.yaml');
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(await promtool('check', 'rules', file)).toContain(`${rules.length} rules found`);
  });
});
