import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { valuesReference } from './values-reference.ts';

const USAGE = `node charts/generate.ts [--check]

Makes what the chart carries of crds/midregistrar.yaml, and its README.md of values.yaml.
--check writes nothing and fails if one of them is not what would be written.
`;

const ROOT = join(import.meta.dirname, '..');
const CHART = 'charts/midregistrar';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The chart's template writes the head itself. Anchors are written out, for not every tool of the field knows them. */
function definitionSpec(): string {
  const { spec } = parse(read('crds/midregistrar.yaml')) as { spec: unknown };
  return stringify(spec, { aliasDuplicateObjects: false, lineWidth: 0 });
}

const files: readonly (readonly [path: string, text: string])[] = [
  [`${CHART}/files/crd-spec.yaml`, definitionSpec()],
  [`${CHART}/README.md`, valuesReference(read(`${CHART}/values.yaml`), parse(read(`${CHART}/Chart.yaml`)))],
];

const current = (path: string): string | undefined => {
  try {
    return read(path);
  } catch {
    return undefined;
  }
};

const options = process.argv.slice(2);
const say = (text: string): void => void process.stderr.write(text);
if (options.some((option) => option !== '--check')) {
  say(USAGE);
  process.exitCode = 2;
} else if (options.length > 0) {
  const drifted = files.filter(([path, text]) => current(path) !== text);
  for (const [path] of drifted) say(`${path} is not what it is made from; run \`npm run generate\`\n`);
  if (drifted.length > 0) process.exitCode = 1;
} else {
  for (const [path, text] of files) writeFileSync(join(ROOT, path), text);
}
