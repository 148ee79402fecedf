import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { connect } from '../../../operator/kube/connect.ts';
import { CredentialSource } from '../../../operator/kube/credentials.ts';
import { KubeConfigFiles } from '../../support/kube/connection.ts';
import { selfSigned } from '../../support/kube/self-signed.ts';
import { testStage } from '../../support/peers/stage.ts';

const stage = testStage();
const SERVER = 'https://192.0.2.1:6443';
const http = {
  qps: 1,
  burst: 1,
  userAgent: 'midregistrar/0.0.0',
  tally: { requested: () => {}, connected: () => {} },
};

afterEach(() => vi.unstubAllEnvs());

/** A kubeconfig whose user is as given. */
function fileOf(user: object): string {
  const path = join(stage.directory('kubeconfig'), 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: [{ name: 'one', cluster: { server: `${SERVER}/behind/a/prefix` } }],
    users: [{ name: 'one', user }],
    contexts: [
      { name: 'one', context: { cluster: 'one', user: 'one' } },
      { name: 'two', context: { cluster: 'one', user: 'one', namespace: 'branch' } },
    ],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

it('knows server, CA and token of a kubeconfig, and the namespace of its context', async () => {
  const certificate = selfSigned();
  const files = new KubeConfigFiles(stage, SERVER, certificate);
  const source = new CredentialSource({ file: files.path }, () => 0);
  expect(source.namespace).toBe('branch');
  const { server, headers, tls } = await source.get();
  expect(server.href).toBe(`${SERVER}/`);
  expect(headers).toEqual({ authorization: 'Bearer first' });
  expect(String(tls.ca)).toBe(certificate.cert);
});

it('knows a client certificate, a password, and another context by its name', async () => {
  const { cert, key } = selfSigned();
  const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
  const source = new CredentialSource({ file: fileOf(user), context: 'two' }, () => 0);
  expect(source.namespace).toBe('branch');
  const { tls, server } = await source.get();
  expect([String(tls.cert), String(tls.key)]).toEqual([cert, key]);
  expect(server.pathname).toBe('/behind/a/prefix');
  const basic = new CredentialSource({ file: fileOf({ username: 'ann', password: 'secret' }) }, () => 0);
  expect((await basic.get()).headers).toEqual({ authorization: `Basic ${base64('ann:secret')}` });
});

it('is one for equal files and another for another CA', async () => {
  let now = 0;
  const files = new KubeConfigFiles(stage, SERVER, selfSigned());
  const source = new CredentialSource({ file: files.path }, () => now);
  const { tlsId } = await source.get();
  now += 60_000;
  expect((await source.get()).tlsId).toBe(tlsId);
  files.setAuthority(selfSigned().cert);
  expect((await source.get()).tlsId).toBe(tlsId);
  now += 60_000;
  expect((await source.get()).tlsId).not.toBe(tlsId);
});

it('runs the program of an exec user once for all who wait, and once more when it is refused', async () => {
  const directory = stage.directory('exec');
  const [program, runs] = [join(directory, 'login'), join(directory, 'runs')];
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' };
  const status = { token: 'of-exec', expirationTimestamp: '2999-01-01T00:00:00Z' };
  writeFileSync(
    program,
    `#!/bin/sh\necho run >> '${runs}'\necho '${JSON.stringify({ ...credential, status })}'\n`,
  );
  chmodSync(program, 0o755);
  const exec = { apiVersion: credential.apiVersion, command: program, interactiveMode: 'Never' };
  const source = new CredentialSource({ file: fileOf({ exec }) }, () => 0);
  const all = await Promise.all(Array.from({ length: 5 }, () => source.get()));
  const [first] = all;
  expect(first?.headers).toEqual({ authorization: 'Bearer of-exec' });
  for (const each of all) if (first !== undefined) source.renew(each);
  await source.get();
  expect(readFileSync(runs, 'utf8')).toBe('run\nrun\n');
});

it('says what to do where there is no configuration', () => {
  for (const name of ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST']) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', stage.directory('home'));
  expect(connect(http)).toBe(
    'no cluster is configured; name a kubeconfig with --kubeconfig or KUBECONFIG, or run it in a pod',
  );
});

it('says which file it can not read, and which context there is not', () => {
  expect(connect({ ...http, file: '/does/not/exist' })).toMatch(/can't be read: .*\/does\/not\/exist/);
  expect(connect({ ...http, file: fileOf({ token: 'x' }), context: 'three' })).toMatch(
    /no context three .*get-contexts/,
  );
});

it('connects to nothing before it is asked to', async () => {
  const connection = connect({ ...http, file: fileOf({ token: 'x' }), context: 'two' });
  if (typeof connection === 'string') throw new Error(connection);
  expect(connection.namespace).toBe('branch');
  await connection.kube.close();
});
