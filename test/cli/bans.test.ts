import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBans, renderBans } from '../../cli/bans.ts';
import { midreg } from './command.ts';

const BAN = {
  source: '192.0.2.7',
  reason: 'flood',
  endsInSeconds: 95,
  strikes: 2,
  dropped: 1234,
  since: '2026-01-01T00:00:00.000Z',
};

describe('the table of bans', () => {
  it('has a row for each', () => {
    expect(renderBans([BAN])).toEqual([
      'SOURCE      REASON   ENDS IN   IN A ROW   DROPPED   SINCE',
      '192.0.2.7   flood    1m35s     2          1234      2026-01-01T00:00:00.000Z',
    ]);
    expect(renderBans([])).toEqual(['nobody is banned']);
  });

  it('is read from what a proxy answers, and from nothing else', () => {
    expect(readBans({ bans: [BAN] })).toEqual([BAN]);
    for (const other of [null, {}, { bans: {} }, { bans: [null] }, { bans: [{}] }])
      expect(readBans(other)).toBeUndefined();
  });
});

describe('midreg bans', { timeout: 30_000 }, () => {
  let proxy: Server;
  let address: string;
  const asked: string[] = [];

  beforeAll(async () => {
    proxy = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const isKnown = request.method === 'GET' || request.url?.endsWith('192.0.2.7');
      response.statusCode = isKnown ? 200 : 404;
      response.end(JSON.stringify(isKnown ? { bans: [BAN] } : { error: '192.0.2.8 is not banned' }));
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterAll(() => proxy.close());

  it('shows who is banned', async () => {
    const { code, out } = await midreg(['bans', '--admin', address]);
    expect([code, out.split('\n')[1]]).toEqual([0, expect.stringContaining('192.0.2.7   flood')]);
  });

  it('releases whom it is told, and says so if there is nobody to release', async () => {
    const released = await midreg(['bans', '--admin', address, '--release', '192.0.2.7']);
    expect(released).toMatchObject({ code: 0, out: '192.0.2.7 is released\n' });
    const unknown = await midreg(['bans', '--admin', address, '--release', '192.0.2.8']);
    expect(unknown).toMatchObject({ code: 1, err: 'midreg: 192.0.2.8 is not banned\n' });
    expect(asked).toContain('DELETE /v1/bans?source=192.0.2.7');
  });
});
