import { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { defineOperator } from '../../cli/operator.ts';
import { fileStage } from '../support/peers/stage.ts';
import { MATRIX } from './chart/matrix.ts';
import { CLUSTER_KINDS, containerOf, ofKind, ofOurs, rendered, theOnly } from './chart/objects.ts';
import { nameOf, podFaults, roleFaults, rolesOf, selectorOf, selects } from './chart/rules.ts';
import { NAMESPACE, offlineHelm, type Rendered, withTools } from './chart/tools.ts';

const LABELS = ['name', 'instance', 'component', 'version', 'managed-by'].map(
  (name) => `app.kubernetes.io/${name}`,
);

const helm = offlineHelm(fileStage());
const isHere = withTools('helm');

const isLabel = (name: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);

/** The options that the command takes from the arguments; `unknown` is what it does not know. */
function understood(args: readonly string[]): { readonly unknown: string[]; readonly options: object } {
  const program = new Command().exitOverride();
  const operator = defineOperator(program, () => {});
  const [word, sub, ...rest] = args;
  expect(word).toBe('operator');
  const check = operator.commands.find((command) => command.name() === sub);
  const command = check ?? operator;
  const { unknown, operands } = command.parseOptions(check === undefined ? args.slice(1) : rest);
  return { unknown: [...operands, ...unknown], options: command.opts() };
}

describe.each(Object.keys(MATRIX))('the chart, installed as: %s', (name) => {
  let objects: readonly Rendered[];
  beforeAll(async () => {
    if (isHere) objects = ofOurs(await rendered(helm, name));
  });

  it('passes the strict lint', async () => {
    expect(await helm.lint((MATRIX[name] as (typeof MATRIX)[string]).values)).toContain('0 chart(s) failed');
  });

  it('names each object once, with a name that every kind takes', () => {
    const names = objects.map(nameOf);
    expect(names.filter((each, i) => names.indexOf(each) !== i)).toEqual([]);
    const longest = objects.map(({ metadata }) => metadata.name).filter((each) => !isLabel(each));
    expect(longest.filter((each) => each !== 'midregistrars.midregistrar.dev')).toEqual([]);
  });

  it('says where each object lies, and labels it', () => {
    for (const object of objects) {
      const { namespace, labels = {} } = object.metadata;
      expect([nameOf(object), namespace !== undefined]).toEqual([
        nameOf(object),
        !CLUSTER_KINDS.includes(object.kind),
      ]);
      expect([nameOf(object), LABELS.filter((label) => labels[label] === undefined)]).toEqual([
        nameOf(object),
        [],
      ]);
      expect(Object.values(labels).filter((value) => value.length > 63)).toEqual([]);
    }
  });

  it('selects the operator’s pods, and no other', () => {
    const { labels } = theOnly(objects, 'Deployment').spec.template.metadata;
    const check = ofKind(objects, 'Pod')[0]?.metadata.labels;
    const proxy = { 'app.kubernetes.io/name': 'midregistrar', 'app.kubernetes.io/instance': 'midregistrar' };
    for (const object of objects) {
      const selector = selectorOf(object);
      if (selector === undefined) continue;
      expect([nameOf(object), selects(selector, labels)]).toEqual([nameOf(object), true]);
      expect([nameOf(object), selects(selector, check), selects(selector, proxy)]).toEqual([
        nameOf(object),
        false,
        false,
      ]);
    }
  });

  it('runs pods of the Restricted level with a read-only root', () => {
    for (const object of [...ofKind(objects, 'Deployment'), ...ofKind(objects, 'Pod')])
      expect(podFaults(object.kind === 'Pod' ? object.spec : object.spec.template.spec)).toEqual([]);
  });

  it('grants nothing on Secrets, nothing by a wildcard and no way to more', () => {
    expect(rolesOf(objects).flatMap(roleFaults)).toEqual([]);
  });

  it('binds roles and accounts that there are', () => {
    const names = objects.map(nameOf);
    const given = (MATRIX[name]?.values.serviceAccount as { create?: boolean } | undefined)?.create === false;
    const bindings = objects.filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding');
    for (const { roleRef, subjects, metadata } of bindings) {
      const isCluster = roleRef.kind === 'ClusterRole';
      expect(names).toContain(`${roleRef.kind} ${isCluster ? '' : metadata.namespace}/${roleRef.name}`);
      for (const { kind, name, namespace } of subjects)
        expect(names).toContain(`${kind} ${namespace}/${name}`);
    }
    const { serviceAccountName } = theOnly(objects, 'Deployment').spec.template.spec;
    expect(names.includes(`ServiceAccount ${NAMESPACE}/${serviceAccountName}`)).toBe(!given);
  });

  it('gives the command only arguments that it takes', () => {
    const { unknown, options } = understood(containerOf(objects, 'Deployment').args);
    expect(unknown).toEqual([]);
    expect(options).toMatchObject({ leaseNamespace: NAMESPACE, health: { host: '0.0.0.0', port: 8081 } });
    if (ofKind(objects, 'Pod').length === 0) return;
    expect(understood(containerOf(objects, 'Pod').args)).toMatchObject({
      unknown: [],
      options: {
        ready: `http://${theOnly(objects, 'Service').metadata.name}.${NAMESPACE}.svc:8081/readyz`,
      },
    });
  });
});
