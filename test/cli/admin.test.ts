import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { midreg } from './command.ts';

/** Some other program that speaks HTTP. */
let other: Server;
let address: string;

beforeAll(async () => {
  other = createServer((request, response) => {
    response.statusCode = request.url?.startsWith('/v1/status') ? 404 : 200;
    response.end('{"hello": "world"}');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
});

afterAll(() => other.close());

const freeAddress = async (): Promise<string> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
};

describe('asking a running proxy', { timeout: 30_000 }, () => {
  it.each(['bindings', 'status'])('%s says how to get an answer where nothing listens', async (command) => {
    const nobody = await freeAddress();
    const { code, out, err } = await midreg([command, '--admin', nobody]);
    expect(err).toBe(
      `midreg: nothing answers at ${nobody}; start the proxy with \`midreg run FILE --admin ${nobody}\`, or name its address with --admin or MIDREG_ADMIN\n`,
    );
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  it('tells that something else answers there', async () => {
    const bindings = await midreg(['bindings', '--admin', address]);
    expect(bindings).toEqual({
      code: 1,
      out: '',
      err: `midreg: ${address} answered without bindings; is it a midreg admin address?\n`,
    });
    const status = await midreg(['status', '--admin', address]);
    expect(status.err).toBe(
      `midreg: ${address} answered 404 to GET /v1/status; is it a midreg admin address?\n`,
    );
    expect(status.code).toBe(1);
  });
});
