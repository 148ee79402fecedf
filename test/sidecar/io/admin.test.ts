import { request as httpRequest } from 'node:http';
import { networkInterfaces } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Admin, type AdminParts, openAdmin } from '../../../sidecar/io/admin.ts';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import { binding } from './bindings.ts';

const NOW = Date.UTC(2026, 0, 1);

async function open(
  all: readonly Binding[] = [],
  parts: Partial<AdminParts> = {},
  host = '127.0.0.1',
): Promise<Admin> {
  const location = new Map<string, Binding[]>();
  for (const one of all) location.set(one.aor, [...(location.get(one.aor) ?? []), one]);
  const admin = await openAdmin(
    { host, port: 0 },
    {
      clock: () => NOW,
      location: { find: (aor) => location.get(aor) ?? [], aors: () => location.keys() },
      notReady: () => [],
      status: () => ({ name: 'office' }),
      bans: { all: () => [], release: () => false },
      metrics: { contentType: 'text/plain', page: async () => 'midreg_x 1\n' },
      ...parts,
    },
  );
  if (typeof admin === 'string') throw new Error(admin);
  onTestFinished(() => admin.close());
  return admin;
}

const get = (admin: Admin, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${admin.port}${path}`, init);

const getJson = async (admin: Admin, path: string): Promise<unknown> => (await get(admin, path)).json();

it('lives', async () => {
  expect((await get(await open(), '/livez')).status).toBe(200);
});

it('is ready as soon as nothing stands against it, and says what does until then', async () => {
  const reasons = ['listeners are not open yet'];
  const admin = await open([], { notReady: () => reasons });
  const early = await get(admin, '/readyz');
  expect([early.status, await early.json()]).toEqual([503, { status: 'starting', reasons }]);
  reasons.pop();
  expect((await get(admin, '/readyz')).status).toBe(200);
});

it('serves the metrics and the status', async () => {
  const admin = await open();
  expect(await (await get(admin, '/metrics')).text()).toBe('midreg_x 1\n');
  expect(await getJson(admin, '/v1/status')).toEqual({ name: 'office' });
});

it('shows each AoR with its live contacts', async () => {
  const admin = await open([
    binding('u1@pbx.test', { expiresAt: NOW + 1_790_999, acceptedAt: NOW - 9000, instance: '<urn:uuid:1>' }),
    binding('u1@pbx.test', { uri: 'sip:gone@192.0.2.8', expiresAt: NOW }),
    binding('u2@pbx.test', {
      uri: 'sip:u2@198.51.100.1',
      expiresAt: NOW + 999,
      flow: undefined,
      foreign: true,
    }),
    binding('u3@pbx.test', { expiresAt: NOW - 1 }),
  ]);
  expect(await getJson(admin, '/v1/bindings')).toEqual({
    bindings: [
      {
        aor: 'u1@pbx.test',
        contacts: [
          {
            uri: 'sip:u1@192.0.2.7:5062',
            expiresInSeconds: 1790,
            transport: 'UDP',
            remote: '192.0.2.7:5062',
            foreign: false,
            reachable: true,
            instance: '<urn:uuid:1>',
            q: 1,
            userAgent: 'phone/1',
            acceptedAt: '2025-12-31T23:59:51.000Z',
            upstream: 'pbx',
            callId: 'c1',
          },
        ],
      },
      {
        aor: 'u2@pbx.test',
        contacts: [
          expect.objectContaining({ expiresInSeconds: 0, transport: null, remote: null, foreign: true }),
        ],
      },
    ],
    count: 2,
  });
});

it('tells a phone whose connection is dead from one that can be reached, and writes IPv6 in brackets', async () => {
  const flow = {
    transport: 'TCP',
    listener: 'tcp',
    address: '2001:db8::7',
    port: 40_000,
    connection: -1,
  } as const;
  const admin = await open([binding('u1@pbx.test', { expiresAt: NOW + 5000, flow })]);
  expect(await getJson(admin, '/v1/bindings?aor=u1@pbx.test')).toMatchObject({
    bindings: [{ contacts: [{ transport: 'TCP', remote: '[2001:db8::7]:40000', reachable: false }] }],
  });
});

const { address: outside } = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal) ?? { address: undefined };

describe.skipIf(outside === undefined)('to others than this machine', () => {
  it.each(['0.0.0.0', '::'])('who is online is not told, but how to ask (%s)', async (host) => {
    const admin = await open([binding('u1@pbx.test', { expiresAt: NOW + 5000 })], {}, host);
    const ask = (at: string, path: string) => fetch(`http://${at}:${admin.port}${path}`);
    for (const path of ['/v1/bindings', '/v1/bindings?aor=u1@pbx.test']) {
      const refused = await ask(outside as string, path);
      expect([refused.status, await refused.json()]).toEqual([
        403,
        { error: expect.stringContaining('kubectl exec') },
      ]);
      expect(await (await ask('127.0.0.1', path)).json()).toMatchObject({ count: 1 });
    }
  });

  it('health, metrics and status are', async () => {
    const admin = await open([], {}, '0.0.0.0');
    for (const path of ['/livez', '/readyz', '/metrics', '/v1/status'])
      expect((await fetch(`http://${outside}:${admin.port}${path}`)).status).toBe(200);
  });
});

it('narrows it to one AoR, however that is written', async () => {
  const aor = Buffer.from('jürgen@pbx.test').toString('latin1');
  const admin = await open([
    binding(aor, { expiresAt: NOW + 5000 }),
    binding('u2@pbx.test', { expiresAt: NOW + 5000 }),
  ]);
  for (const typed of ['jürgen@pbx.test', 'sip:jürgen@PBX.test'])
    expect(await getJson(admin, `/v1/bindings?aor=${encodeURIComponent(typed)}`)).toMatchObject({
      bindings: [{ aor: 'jürgen@pbx.test' }],
      count: 1,
    });
  expect(await getJson(admin, '/v1/bindings?aor=nobody@pbx.test')).toEqual({ bindings: [], count: 0 });
});

it('pages through any number of AoRs in order, each once', async () => {
  const aors = Array.from({ length: 2500 }, (_, i) => `u${(i * 7919) % 2500}@pbx.test`);
  const admin = await open(aors.map((aor) => binding(aor, { expiresAt: NOW + 5000 })));
  const seen: string[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = (await getJson(admin, `/v1/bindings?limit=999&after=${encodeURIComponent(after)}`)) as {
      bindings: { aor: string }[];
      next?: string;
    };
    seen.push(...page.bindings.map(({ aor }) => aor));
    after = page.next;
  }
  expect(seen).toEqual([...aors].sort());
});

it.each(['0', '-1', 'x', '10001', '1.5'])('refuses limit=%s', async (limit) => {
  expect((await get(await open(), `/v1/bindings?limit=${limit}`)).status).toBe(400);
});

it('says 404 to other paths, with those that there are, and 405 to other methods', async () => {
  const admin = await open();
  for (const path of ['/', '/nothing', '/toString', '/livez/']) {
    const response = await get(admin, path);
    expect([response.status, await response.json()]).toEqual([
      404,
      expect.objectContaining({ error: 'not found' }),
    ]);
  }
  const response = await get(admin, '/livez', { method: 'POST', body: 'x' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

it('answers 500 where something inside fails, and goes on', async () => {
  const admin = await open([], {
    status: () => {
      throw new Error('broken');
    },
  });
  expect((await get(admin, '/v1/status')).status).toBe(500);
  expect((await get(admin, '/livez')).status).toBe(200);
});

it('serves on an IPv6 address', async () => {
  const admin = await open([], {}, '::1');
  const status = await new Promise((resolve, reject) => {
    httpRequest({ host: '::1', port: admin.port, path: '/livez' }, ({ statusCode }) => resolve(statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(200);
});

it('says that an address is taken', async () => {
  const admin = await open();
  const parts = {} as AdminParts;
  expect(await openAdmin({ host: '127.0.0.1', port: admin.port }, parts)).toMatch(
    /EADDRINUSE\): choose another/,
  );
});

describe('the bans', () => {
  const ban = {
    source: '192.0.2.7',
    since: NOW - 1000,
    until: NOW + 59_500,
    strikes: 2,
    dropped: 77,
    reason: 'flood',
  } as const;

  it('are shown, the one that ends last first, and none that is over', async () => {
    const longer = { ...ban, source: '2001:db8:0:0::/64', until: NOW + 90_000 };
    const over = { ...ban, source: '192.0.2.9', until: NOW };
    const admin = await open([], { bans: { all: () => [over, ban, longer], release: () => false } });
    const shown = {
      source: '192.0.2.7',
      reason: 'flood',
      since: new Date(NOW - 1000).toISOString(),
      endsInSeconds: 60,
      strikes: 2,
      dropped: 77,
    };
    expect(await getJson(admin, '/v1/bans')).toEqual({
      bans: [{ ...shown, source: '2001:db8:0:0::/64', endsInSeconds: 90 }, shown],
    });
  });

  it('are ended one by one, by an address or as they are shown', async () => {
    const released: string[] = [];
    const release = (address: string): boolean => released.push(address) > 0 && address !== '192.0.2.8';
    const admin = await open([], { bans: { all: () => [], release } });
    const end = (query: string): Promise<Response> => get(admin, `/v1/bans${query}`, { method: 'DELETE' });
    expect((await end('?source=192.0.2.7')).status).toBe(200);
    expect((await end('?source=2001:DB8:0:0::/64')).status).toBe(200);
    const unknown = await end('?source=192.0.2.8');
    expect([unknown.status, await unknown.json()]).toEqual([404, { error: '192.0.2.8 is not banned' }]);
    expect((await end('')).status).toBe(400);
    expect(released).toEqual(['192.0.2.7', '2001:db8:0:0::', '192.0.2.8']);
  });

  it('are all that can be changed here', async () => {
    const admin = await open();
    expect((await get(admin, '/v1/bindings', { method: 'DELETE' })).status).toBe(405);
    const posted = await get(admin, '/v1/bans', { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE']);
  });
});
