import { expect, it } from 'vitest';
import type { KubeObject } from '../../operator/kube/object.ts';
import { lean } from '../../operator/lean.ts';
import { viewDeployment } from '../../operator/view.ts';

const scaler = {
  manager: 'kube-controller-manager',
  operation: 'Update',
  subresource: 'scale',
  fieldsV1: { 'f:spec': { 'f:replicas': {} } },
};
const other = { manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': { 'f:paused': {} } } };

const object = (kind: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', labels: { b: 'c' }, managedFields: [scaler, other] },
  spec: { replicas: 2 },
  status: { phase: 'Running' },
});

it('keeps all of an object but who has set its fields', () => {
  const { managedFields: _, ...metadata } = object('Service').metadata;
  expect(lean(object('Service'))).toEqual({ ...object('Service'), metadata });
});

it('keeps nothing of a pod’s spec, of which nothing is read', () => {
  expect(lean(object('Pod'))).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', labels: { b: 'c' } },
    status: { phase: 'Running' },
  });
});

it('keeps of a Deployment who has set the number of pods, and that is enough to know an autoscaler', () => {
  const { fieldsV1: _, ...kept } = scaler;
  expect(lean(object('Deployment')).metadata.managedFields).toEqual([kept]);
  expect(viewDeployment(lean(object('Deployment'))).scaledByOther).toBe(true);
  expect(lean({ ...object('Deployment'), metadata: { name: 'a' } }).metadata.managedFields).toEqual([]);
});

it('leaves the object that it is given as it was', () => {
  const given = object('Pod');
  lean(given);
  expect(given).toEqual(object('Pod'));
});
