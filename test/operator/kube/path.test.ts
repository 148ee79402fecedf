import { expect, it } from 'vitest';
import { pathOf } from '../../../operator/kube/path.ts';

it.each([
  [{ apiVersion: 'v1', plural: 'pods' }, '/api/v1/pods'],
  [{ apiVersion: 'v1', plural: 'pods', namespace: 'branch' }, '/api/v1/namespaces/branch/pods'],
  [
    { apiVersion: 'apps/v1', plural: 'deployments', namespace: 'branch', name: 'front' },
    '/apis/apps/v1/namespaces/branch/deployments/front',
  ],
  [
    {
      apiVersion: 'midregistrar.dev/v1',
      plural: 'midregistrars',
      namespace: 'b',
      name: 'f',
      subresource: 'status',
    },
    '/apis/midregistrar.dev/v1/namespaces/b/midregistrars/f/status',
  ],
  [{ apiVersion: 'v1', plural: 'namespaces', name: '../secrets?x' }, '/api/v1/namespaces/..%2Fsecrets%3Fx'],
])('makes of %j %s', (parts, path) => {
  expect(pathOf(parts)).toBe(path);
});
