import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FILES = join(import.meta.dirname, '../../../charts/midregistrar/files');

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

export const readAlerts = (): readonly Alert[] => {
  const { groups } = parse(readFileSync(join(FILES, 'alerts.yaml'), 'utf8')) as {
    groups: readonly { readonly rules: readonly Alert[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
};

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

export const readDashboard = (): {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
} => JSON.parse(readFileSync(join(FILES, 'dashboard.json'), 'utf8'));

/** What its panels ask, with Grafana's variables filled in. */
export const dashboardExpressions = (): readonly string[] =>
  readDashboard().panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll('$namespace', '.*')),
  );
