import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { askProxy } from '../../../operator/io/ask.ts';
import { testStage } from '../../support/peers/stage.ts';

const stage = testStage();

/** What is answered on a port of its own. */
async function listen(answer: RequestListener, host = '127.0.0.1'): Promise<number> {
  const server = createServer(answer);
  await once(server.listen(0, host), 'listening');
  stage.onClose(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const STATUS = {
  version: '1.2.3',
  ready: true,
  resource: { sha256: 'abc', refused: '' },
  bindings: 3,
  aors: 2,
  upstreams: [
    { name: 'pbx', host: '192.0.2.20', port: 5060, state: 'Up', since: '2026-01-01T00:00:00.000Z' },
  ],
};

it('gives what the proxy tells at /v1/status', async () => {
  const paths: (string | undefined)[] = [];
  const port = await listen(({ url }, response) => {
    paths.push(url);
    response.end(JSON.stringify(STATUS));
  });
  expect(await askProxy('127.0.0.1', port)).toMatchObject({
    version: '1.2.3',
    configHash: 'abc',
    contacts: 3,
    upstreams: [{ name: 'pbx', state: 'Up' }],
  });
  expect(paths).toEqual(['/v1/status']);
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

it.runIf(hasIpv6)('asks at an IPv6 address', async () => {
  const port = await listen((_request, response) => void response.end(JSON.stringify(STATUS)), '::1');
  expect(await askProxy('::1', port)).toHaveProperty('version', '1.2.3');
});

it.each<readonly [what: string, answer: RequestListener]>([
  ['an error', (_request, response) => void response.writeHead(503).end(JSON.stringify(STATUS))],
  ['no JSON', (_request, response) => void response.end('<html>')],
  ['JSON of another kind', (_request, response) => void response.end('[1]')],
  ['nothing', (_request, response) => void response.end()],
  ['half an answer', (_request, response) => void response.write('{"version":', () => response.destroy())],
  ['a redirect', (_request, response) => void response.writeHead(302, { location: '/elsewhere' }).end()],
  [
    'more than a status has',
    (_request, response) => void response.end(JSON.stringify({ ...STATUS, more: 'x'.repeat(300_000) })),
  ],
])('takes %s for no answer', async (_what, answer) => {
  expect(await askProxy('127.0.0.1', await listen(answer))).toBeUndefined();
});

it('does not wait for a proxy that hangs', async () => {
  const port = await listen(() => {});
  expect(await askProxy('127.0.0.1', port, 20)).toBeUndefined();
});

it('takes a port where nobody listens for no answer', async () => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await askProxy('127.0.0.1', port)).toBeUndefined();
});
