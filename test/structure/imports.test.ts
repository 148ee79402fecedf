import { describe, expect, it } from 'vitest';
import { findCircle } from './circle.ts';
import { type Import, importsOf, isIn, isInOneOf, sources } from './sources.ts';

/** What the files of a place may import besides each other. Imports only fall: a place names only places below it. */
const LAW: readonly (readonly [place: string, ...may: string[]])[] = [
  ['crds'],
  ['sidecar/wire'],
  ['sidecar/counters.ts'],
  ['sidecar/guard', 'sidecar/wire'],
  ['sidecar/health.ts'],
  ['sidecar/transaction', 'sidecar/wire'],
  ['sidecar/registrar', 'sidecar/wire'],
  ['sidecar/effect.ts', 'sidecar/registrar/binding.ts', 'sidecar/wire'],
  ['sidecar/proxy', 'sidecar/transaction', 'sidecar/registrar/binding.ts', 'sidecar/wire'],
  ['sidecar/im', 'sidecar/proxy', 'sidecar/registrar/binding.ts', 'sidecar/wire'],
  ['sidecar/config*', 'crds', 'sidecar/wire', 'sidecar/registrar'],
  [
    'sidecar/engine',
    'sidecar/guard',
    'sidecar/im',
    'sidecar/proxy',
    'sidecar/registrar',
    'sidecar/transaction',
    'sidecar/wire',
    'sidecar/effect.ts',
    'sidecar/counters.ts',
    'sidecar/config.ts',
  ],
  [
    'sidecar/io',
    'sidecar/guard',
    'sidecar/proxy/locate.ts',
    'sidecar/registrar',
    'sidecar/wire',
    'sidecar/effect.ts',
    'sidecar/counters.ts',
    'sidecar/health.ts',
    'sidecar/config.ts',
  ],
  ['sidecar/main.ts', 'sidecar'],
  ['operator/kube'],
  ['operator/render', 'crds', 'operator'],
  ['operator/io', 'crds', 'operator'],
  ['operator', 'crds', 'sidecar/config.ts'],
  ['charts', 'crds'],
  ['images'],
  ['demo', 'cli'],
  ['cli', 'sidecar/config.ts', 'sidecar/main.ts', 'demo/main.ts', 'operator'],
  ['test', 'crds', 'sidecar', 'cli', 'demo', 'operator', 'charts', 'images'],
  ['bin'],
];

/** Where a package may be imported; tests may import any. A package that stands nowhere here has no door yet. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['operator/kube'],
  ajv: ['sidecar/config*'],
  commander: ['cli'],
  'dns-packet': ['sidecar/io/dns/message.ts'],
  esbuild: ['images/bundle.ts'],
  'json-schema-to-typescript': ['crds/generate.ts'],
  koffi: ['sidecar/io/libc.ts'],
  pino: ['sidecar/io/log.ts', 'sidecar/main.ts', 'operator/io/log.ts'],
  'prom-client': ['sidecar/io/metrics.ts', 'operator/io/metrics.ts'],
  sip: ['demo'],
  undici: ['operator/kube'],
  ws: ['sidecar/io/web-socket*'],
  yaml: ['sidecar/config*', 'crds/generate.ts', 'charts'],
};

const all = sources();
const imports = all.flatMap(importsOf);
const own = imports.filter((each) => each.own);
const line = ({ from, target }: Import): string => `${from} imports ${target}`;

const isLawful = ({ from, target }: Import): boolean => {
  const [place, ...may] = LAW.find(([each]) => isIn(from, each)) ?? [];
  return place !== undefined && (isIn(target, place) || isInOneOf(target, may));
};

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const isDoor = ({ from, target }: Import): boolean => isInOneOf(from, DOORS[packageOf(target)] ?? []);

describe('the law of imports', () => {
  it('is held against imports that the reader finds', () => {
    const text = `import { a } from './a.ts';\nimport type {\n  B,\n} from '../b.ts';\nexport * from './c.ts';\nimport './d.ts';\nconst e = await import('./e.ts');\n// import './no.ts';\n`;
    expect(importsOf({ path: 'x/y.ts', text }).map(({ target }) => target)).toEqual([
      'x/a.ts',
      'b.ts',
      'x/c.ts',
      'x/d.ts',
      'x/e.ts',
    ]);
  });

  it('lets each place import only itself and what lies below it', () => {
    expect(own.filter((each) => !isLawful(each)).map(line)).toEqual([]);
  });

  it('has a place for every file', () => {
    const places = LAW.map(([place]) => place);
    expect(all.map(({ path }) => path).filter((path) => !isInOneOf(path, places))).toEqual([]);
  });

  it('names no door that nobody goes through', () => {
    const doors = Object.entries(DOORS).flatMap(([name, places]) => places.map((place) => ({ name, place })));
    const isUsed = ({ name, place }: { name: string; place: string }): boolean =>
      imports.some(({ from, target }) => isIn(from, place) && packageOf(target) === name);
    expect(doors.filter((door) => !isUsed(door))).toEqual([]);
  });

  it('lets nobody import a main but the command, which imports those it runs', () => {
    const mains = own.filter(({ target }) => /(^|\/)main\.ts$/.test(target));
    const entries = ['sidecar/main.ts', 'demo/main.ts', 'operator/main.ts'];
    expect(
      mains.filter(({ from, target }) => !isIn(from, 'cli') || !entries.includes(target)).map(line),
    ).toEqual([]);
  });

  it('gives each package one door', () => {
    const packages = imports.filter((each) => !each.own && !each.target.startsWith('node:'));
    expect(packages.filter((each) => !isIn(each.from, 'test') && !isDoor(each)).map(line)).toEqual([]);
  });

  it('allows no circle', () => {
    expect(findCircle(own.map(({ from, target }) => [from, target]))).toEqual([]);
  });

  it('finds a circle where there is one', () => {
    const edges = [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'b'],
    ] as const;
    expect(findCircle(edges)).toEqual(['b', 'c', 'b']);
  });
});
