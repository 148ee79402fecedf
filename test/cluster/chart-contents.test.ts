import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { accept } from '../../operator/accept.ts';
import { fileStage } from '../support/peers/stage.ts';
import { DIGEST, MATRIX } from './chart/matrix.ts';
import { containerOf, ofKind, rendered, theOnly } from './chart/objects.ts';
import { offlineHelm, type Rendered, type Values, withTools } from './chart/tools.ts';

const ROOT = join(import.meta.dirname, '../..');
const GOLDEN = join(import.meta.dirname, 'chart/golden');

const helm = offlineHelm(fileStage());
withTools('helm');

/** What stands in files of its own, and is held there. */
const shortened = (object: Rendered): object => {
  if (object.kind === 'CustomResourceDefinition') return { ...object, spec: 'crds/midregistrar.yaml' };
  if (object.kind === 'PrometheusRule') return { ...object, spec: 'files/alerts.yaml' };
  return object.data === undefined ? object : { ...object, data: Object.keys(object.data) };
};

describe('what is rendered', () => {
  it.each([
    ['default', 'default'],
    ['all that can be on', 'everything'],
    ['nothing for the whole cluster', 'namespaces'],
  ])('is as written down for %s (GOLDEN=write writes it anew)', async (name, file) => {
    const objects = (await rendered(helm, name)).map(shortened);
    const text = objects.map((each) => stringify(each, { lineWidth: 0 })).join('---\n');
    const path = join(GOLDEN, `${file}.yaml`);
    if (process.env.GOLDEN === 'write') writeFileSync(path, text);
    expect(existsSync(path) ? readFileSync(path, 'utf8') : 'nothing').toBe(text);
  });
});

describe('the chart', () => {
  it('carries the definition as it is, and keeps it unless it is told not to', async () => {
    const { spec } = parse(readFileSync(join(ROOT, 'crds/midregistrar.yaml'), 'utf8'));
    const kept = theOnly(await rendered(helm, 'default'), 'CustomResourceDefinition');
    expect(kept.spec).toEqual(spec);
    expect(kept.metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    const going = theOnly(await rendered(helm, 'a definition that goes with it'), 'CustomResourceDefinition');
    expect(going.metadata.annotations).toBeUndefined();
    expect(ofKind(await rendered(helm, 'without the definition'), 'CustomResourceDefinition')).toEqual([]);
  });

  it('runs the proxies with the operator’s image, unless it is given another', async () => {
    const of = async (values: Values): Promise<readonly [string, string]> => {
      const { image: own, args } = containerOf(await helm.render(values), 'Deployment');
      return [own, args[args.indexOf('--image') + 1]];
    };
    const { version } = parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(await of({})).toEqual([`midregistrar:${version}`, `midregistrar:${version}`]);
    const tagged = { image: { repository: 'r.test/a', tag: '1' } };
    expect(await of(tagged)).toEqual(['r.test/a:1', 'r.test/a:1']);
    expect(await of({ ...tagged, proxy: { image: { tag: '2' } } })).toEqual(['r.test/a:1', 'r.test/a:2']);
    expect(await of({ ...tagged, proxy: { image: { repository: 'r.test/b' } } })).toEqual([
      'r.test/a:1',
      'r.test/b:1',
    ]);
    expect(await of(MATRIX['images by digest']?.values ?? {})).toEqual([
      `registry.test/sip/midregistrar@${DIGEST}`,
      `registry.test/sip/proxy@${DIGEST}`,
    ]);
  });

  it('lets one operator at a time be evicted, where there are several', async () => {
    expect(theOnly(await rendered(helm, 'default'), 'PodDisruptionBudget').spec.maxUnavailable).toBe(1);
    expect(ofKind(await helm.render({ operator: { replicas: 1 } }), 'PodDisruptionBudget')).toEqual([]);
  });

  it('keeps the operator’s own labels where Prometheus reads them', async () => {
    const { spec } = theOnly(await rendered(helm, 'all that can be on'), 'ServiceMonitor');
    expect(spec.endpoints).toEqual([{ port: 'http', path: '/metrics', interval: '15s', honorLabels: true }]);
    expect(spec.selector.matchLabels).toEqual(
      theOnly(await rendered(helm, 'all that can be on'), 'Service').spec.selector,
    );
  });

  it('installs further objects as they are', async () => {
    const [further] = (await rendered(helm, 'objects of others beside it')).filter(
      ({ metadata }) => metadata.name === 'further',
    );
    expect(further?.data).toEqual({ key: '{{ not a template }}' });
  });

  it('tells afterwards how to front a PBX, by a resource that is taken', async () => {
    const notes = await helm.notes({});
    const [, resource = ''] = /<<RESOURCE\n(.*?)\n\s*RESOURCE\n/s.exec(notes) ?? [];
    expect(accept(parse(resource)).faults).toEqual([]);
    expect(notes).toContain('kubectl get midreg -A');
    const few = await helm.notes({ watch: { scope: 'Namespaces', namespaces: ['branch'] } });
    expect(few).toContain('kubectl apply -n branch');
    expect(few).toContain('kubectl describe midreg office -n branch');
  });
});
