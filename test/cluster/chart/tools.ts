import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findCommand } from '../../support/peers/availability.ts';
import type { Stage } from '../../support/peers/stage.ts';
import { client } from '../support/client.ts';
import { programPath } from '../support/kit.ts';

export const CHART = join(import.meta.dirname, '../../../charts/midregistrar');

/** An object as the chart renders it; what lies below is read as it is needed. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: objects of all kinds
  readonly [field: string]: any;
}

/** Values as `helm -f` takes them. */
export type Values = Readonly<Record<string, unknown>>;

export interface Helm {
  lint(values: Values): Promise<string>;
  /** All objects, those of `helm test` too. */
  render(values: Values, release?: string): Promise<readonly Rendered[]>;
  /** What is told after an installation. */
  notes(values: Values): Promise<string>;
  /** Why it is not rendered; an empty text where it is. */
  refusal(values: Values): Promise<string>;
}

export const NAMESPACE = 'sip-system';

/** Helm without a cluster. `stage` gives it a place for what it remembers. */
export function offlineHelm(stage: Stage): Helm {
  const home = stage.directory('helm');
  const { helm } = client(join(home, 'no-cluster'), home);
  const run = (command: readonly string[], values: Values): Promise<string> =>
    helm([...command, '--namespace', NAMESPACE, '-f', '-'], JSON.stringify(values));
  const template = (values: Values, release: string): Promise<string> =>
    run(['template', release, CHART], values);
  return {
    lint: (values) => run(['lint', '--strict', CHART], values),
    async render(values, release = 'midregistrar') {
      const documents = parseAllDocuments(await template(values, release), { uniqueKeys: true });
      for (const { errors } of documents) if (errors[0] !== undefined) throw errors[0];
      return documents.map((document) => document.toJS() as Rendered).filter((object) => object !== null);
    },
    async notes(values) {
      const said = await run(['install', 'midregistrar', CHART, '--dry-run=client'], values);
      return said.slice(said.indexOf('\nNOTES:\n') + '\nNOTES:\n'.length);
    },
    refusal: (values) =>
      template(values, 'midregistrar').then(
        () => '',
        (error: Error) => error.message,
      ),
  };
}

const TOOLS = {
  helm: {
    isHere: () => existsSync(programPath('helm')),
    how: 'run `npm test`, which fetches it once',
  },
  promtool: {
    isHere: () => findCommand('promtool') !== undefined,
    how: 'on Debian, as root: apt-get install prometheus',
  },
  'lua5.4': {
    isHere: () => findCommand('lua5.4') !== undefined,
    how: 'on Debian, as root: apt-get install lua5.4',
  },
} as const;

/** The tests of this file need `tools`; where one is missing each is skipped, with how to get it. Whether all are here. */
export function withTools(...tools: readonly (keyof typeof TOOLS)[]): boolean {
  const missing = tools.find((tool) => !TOOLS[tool].isHere());
  beforeEach((context) => {
    if (missing !== undefined) context.skip(`${missing}: ${TOOLS[missing].how}`);
  });
  return missing === undefined;
}
