import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { importsOf, isInOneOf, type Source, sources } from './sources.ts';

/** Where the world may be touched. Everywhere else the same input gives the same output. */
const EDGE = [
  'sidecar/io',
  'sidecar/main.ts',
  'operator/main.ts',
  'operator/kube',
  'operator/io',
  'charts',
  'images',
  'cli',
  'demo',
  'test',
  'bin',
  'crds/generate.ts',
];

/** Built-ins that compute and touch nothing, each with the places that use it. */
const PURE_BUILTINS: Readonly<Record<string, readonly string[]>> = {
  // Message authentication codes; its random bytes are caught by name.
  'node:crypto': ['sidecar/registrar/token.ts', 'operator/canonical.ts', 'crds/schema-hash.ts'],
};

const IMPURE: readonly RegExp[] = [
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bMath\.random\b/,
  /(?<![.\w])(?:setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\b/,
  /(?<![.\w])(?:process|performance|console)\./,
  /\brandom(?:Bytes|UUID|Int|FillSync)\b/,
];

/** The code alone: no comments, no types, nothing within quotes. */
const codeOf = ({ text }: Source): string =>
  transformSync(text, {
    loader: 'ts',
    format: 'esm',
    target: 'esnext',
    legalComments: 'none',
  }).code.replaceAll(/"(?:\\.|[^"\\\n])*"/g, '""');

const impureNames = (source: Source): string[] => {
  const code = codeOf(source);
  return IMPURE.flatMap((pattern) => pattern.exec(code)?.[0] ?? []);
};

const inner = sources().filter(({ path }) => !isInOneOf(path, EDGE));

describe('the pure inside', () => {
  it('is recognised by names in code, not in comments or text', () => {
    const text = `// Date.now\nexport const a = 'Math.random';\nexport const b = (x: { process(): number }): number => x.process();\n`;
    expect(impureNames({ path: 'x.ts', text })).toEqual([]);
    expect(impureNames({ path: 'x.ts', text: 'export const t = Date.now() + process.uptime();' })).toEqual([
      'Date.now',
      'process.',
    ]);
  });

  it('reads no clock, draws no lots, starts no timer and asks nothing of the process', () => {
    const found = inner.flatMap((source) => impureNames(source).map((name) => `${source.path} uses ${name}`));
    expect(found).toEqual([]);
  });

  it('imports no built-in that reaches the world', () => {
    const found = inner
      .flatMap(importsOf)
      .filter(({ target }) => target.startsWith('node:'))
      .filter(({ from, target }) => !isInOneOf(from, PURE_BUILTINS[target] ?? []))
      .map(({ from, target }) => `${from} imports ${target}`);
    expect(found).toEqual([]);
  });
});
