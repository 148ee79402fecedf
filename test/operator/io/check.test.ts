import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Checked, checkInstallation } from '../../../operator/io/check.ts';
import { FakeApiServer, type Matches } from '../../support/kube/api-server.ts';
import { KubeConfigFiles } from '../../support/kube/connection.ts';
import { testStage } from '../../support/peers/stage.ts';

const stage = testStage();

const isSample: Matches = ({ method, path }) =>
  method === 'POST' && path === '/apis/midregistrar.dev/v1/namespaces/branch/midregistrars';

const startApiServer = (): Promise<FakeApiServer> => FakeApiServer.start(stage, { protocols: 'h2' });

/** What the operator's health page answers at. */
async function startHealth(status: number, text: string): Promise<string> {
  const server = createServer((_request, response) => void response.writeHead(status).end(text));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  stage.onClose(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/readyz`;
}

const check = (ready: string, server: FakeApiServer): Promise<Checked> =>
  checkInstallation({
    ready,
    namespace: 'branch',
    kubeconfig: new KubeConfigFiles(stage, server.url, server.certificate).path,
    context: undefined,
    version: '1.0.0',
  });

describe('a check of the installation', () => {
  it('asks the operator, and the API server whether it would take a resource', async () => {
    const server = await startApiServer();
    server.fail(isSample, (answer) => answer.json(201, {}));
    expect(await check(await startHealth(200, '{"status":"ok"}'), server)).toEqual({
      isWell: true,
      lines: ['the operator is ready', 'a MidRegistrar would be taken in namespace branch'],
    });
  });

  it('makes nothing', async () => {
    const server = await startApiServer();
    server.fail(isSample, (answer) => answer.json(201, {}));
    await check(await startHealth(200, ''), server);
    expect(server.asked.filter(isSample).map(({ query }) => query.get('dryRun'))).toEqual(['All']);
    expect(server.asked.filter(({ method }) => method !== 'GET')).toHaveLength(1);
  });

  it('says why the operator is not ready', async () => {
    const server = await startApiServer();
    server.fail(isSample, (answer) => answer.json(201, {}));
    const reasons = '{"status":"not ok","reasons":["Service not read yet"]}';
    expect(await check(await startHealth(503, reasons), server)).toEqual({
      isWell: false,
      lines: [`the operator is not ready: ${reasons}`],
    });
  });

  it('names the chart where the definition is missing', async () => {
    const server = await startApiServer();
    server.fail(isSample, (answer) => answer.refuse(404, 'NotFound'));
    const { isWell, lines } = await check(await startHealth(200, ''), server);
    expect(isWell).toBe(false);
    expect(lines).toEqual([
      'the API server takes no MidRegistrar in namespace branch: refused: NotFound; is the CustomResourceDefinition installed (crds.enabled=true)?',
    ]);
  });

  it('tells all that is wrong', async () => {
    const server = await startApiServer();
    server.fail(isSample, (answer) => answer.refuse(403, 'Forbidden'));
    const { lines } = await check(await startHealth(503, 'no'), server);
    expect(lines).toEqual([
      'the operator is not ready: no',
      expect.stringContaining('the API server takes no MidRegistrar in namespace branch'),
    ]);
  });

  it('says that there is no kubeconfig', async () => {
    const kubeconfig = join(stage.directory('none'), 'config');
    const { isWell, lines } = await checkInstallation({
      ready: 'http://127.0.0.1:1/readyz',
      namespace: 'branch',
      kubeconfig,
      context: undefined,
      version: '1.0.0',
    });
    expect(isWell).toBe(false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(kubeconfig);
  });
});
