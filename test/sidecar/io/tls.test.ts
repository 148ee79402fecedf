import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Outwards } from '../../../sidecar/io/listeners.ts';
import type { ListenerTls } from '../../../sidecar/io/tls-door.ts';
import { dns, type Issued, writeTlsSecret } from '../../support/pki.ts';
import { open, read, type Stage } from './stream-stage.ts';
import { request, tcpPeer } from './support.ts';
import {
  closed,
  intermediate,
  listenerTls,
  root,
  SERVER_NAME,
  secretsFolder,
  startTlsPeer,
  stranger,
  tlsPeer,
} from './tls-stage.ts';

const openTls = (
  tls: ListenerTls = listenerTls(),
  limits: Parameters<typeof open>[0] = {},
  address = '127.0.0.1',
): Promise<Stage> =>
  open(limits, address, [], { transport: 'TLS', outwards: { tlsOf: () => tls } satisfies Partial<Outwards> });

describe('a listener of TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('takes messages and gives answers over %s', async (version) => {
    const { connections, port, inputs } = await openTls();
    const peer = await tlsPeer(port, { minVersion: version, maxVersion: version });
    expect(peer.getProtocol()).toBe(version);
    peer.write(request('OPTIONS'));
    const { flow, text } = await inputs.next('message');
    expect(text).toBe(request('OPTIONS'));
    expect(flow).toMatchObject({
      transport: 'TLS',
      listener: 'tls',
      address: '127.0.0.1',
      port: peer.localPort,
    });
    connections.send(flow, 'answer', undefined, undefined);
    expect(await read(peer, 6)).toBe('answer');
  });

  it('speaks IPv6', async () => {
    const { port, inputs } = await openTls(listenerTls(), {}, '::1');
    (await tlsPeer(port, { host: '::1', servername: '' })).write(request('OPTIONS'));
    expect((await inputs.next('message')).flow.address).toBe('::1');
  });

  it('puts together what comes in many records, and takes apart what comes in one', async () => {
    const { port, inputs } = await openTls();
    const peer = await tlsPeer(port);
    const [first, second, third] = [request('MESSAGE', 'x'.repeat(50_000)), request('INFO'), request('BYE')];
    for (let at = 0; at < first.length; at += 7000) peer.write(first.slice(at, at + 7000));
    peer.write(second + third);
    await inputs.next('message', 2);
    expect(inputs.of('message').map(({ text }) => text)).toEqual([first, second, third]);
  });

  it('tells the engine when a connection is gone', async () => {
    const { connections, port, inputs } = await openTls();
    const peer = await tlsPeer(port);
    peer.write(request('OPTIONS'));
    const { flow } = await inputs.next('message');
    peer.end();
    expect((await inputs.next('flowClosed')).connection).toBe(flow.connection);
    expect(connections.count).toBe(0);
  });

  it('speaks no version older than it is to', async () => {
    const { port, around } = await openTls(listenerTls(undefined, { minimumVersion: 'TLSv1.3' }));
    const peer = startTlsPeer(port, { maxVersion: 'TLSv1.2' });
    await closed(peer);
    await around.counted('TLS tls_version');
    expect(around.notes).toMatchObject([{ event: 'handshake failed', source: 'TLS 127.0.0.1' }]);
    await tlsPeer(port);
  });

  it('lets no peer negotiate anew, which costs us more than it', async () => {
    const { port, inputs } = await openTls();
    const peer = await tlsPeer(port, { maxVersion: 'TLSv1.2' });
    const failed = new Promise<unknown>((resolve) => {
      peer.on('error', resolve);
      peer.renegotiate({}, resolve);
    });
    expect(String(await failed)).toMatch(/renegotiation/i);
    expect(inputs.of('message')).toEqual([]);
  });

  it('is reused by nobody as a way to the address that a peer came from', async () => {
    const { connections, port, inputs } = await openTls();
    const peer = await tlsPeer(port);
    peer.write(request('OPTIONS'));
    const { flow } = await inputs.next('message');
    peer.on('data', () => expect.unreachable());
    const failure = new Promise((resolve) =>
      connections.send({ ...flow, connection: 0 }, 'x', resolve, undefined),
    );
    expect(await failure).toBe('refused');
  });
});

describe('the certificate that is shown', () => {
  const forNames = async () => {
    const secrets = secretsFolder();
    writeTlsSecret(secrets, 'one', await root.issue({ names: [dns('one.test')] }));
    writeTlsSecret(secrets, 'many', await root.issue({ names: [dns('*.many.test')] }));
    const of = (serverName: string, secret: string) => ({
      serverName,
      certificate: { secret, path: secret },
    });
    return listenerTls(
      undefined,
      { byServerName: [of('one.test', 'one'), of('*.many.test', 'many')] },
      secrets,
    );
  };

  it.each([
    ['one.test', 'DNS:one.test'],
    ['ONE.test', 'DNS:one.test'],
    ['a.many.test', 'DNS:*.many.test'],
    ['b.a.many.test', 'DNS:sip.test'],
    ['many.test', 'DNS:sip.test'],
    ['another.test', 'DNS:sip.test'],
    ['', 'DNS:sip.test'],
  ])('to who calls %j is of %s', async (servername, name) => {
    const { port } = await openTls(await forNames());
    const peer = await tlsPeer(port, { servername, checkServerIdentity: () => undefined });
    expect(peer.getPeerCertificate().subjectaltname?.split(', ')[0]).toBe(name);
  });

  it('changes for connections to come, while those that are open stay', async () => {
    const { listener, connections, port, inputs } = await openTls();
    const before = await tlsPeer(port);
    before.write(request('OPTIONS'));
    const { flow } = await inputs.next('message');
    const renewed = await intermediate.issue({ names: [dns(SERVER_NAME), dns('renewed.test')] });
    listener.secure(listenerTls(renewed));
    const after = await tlsPeer(port);
    expect(after.getPeerCertificate().subjectaltname).toContain('renewed.test');
    connections.send(flow, 'still here', undefined, undefined);
    expect(await read(before, 10)).toBe('still here');
    before.write(request('BYE'));
    expect((await inputs.next('message', 1)).flow).toEqual(flow);
  });

  it('lets a session of before be resumed by nobody', async () => {
    const { listener, port } = await openTls();
    const before = await tlsPeer(port, { maxVersion: 'TLSv1.2' });
    const session = before.getSession() as Buffer;
    expect((await tlsPeer(port, { maxVersion: 'TLSv1.2', session })).isSessionReused()).toBe(true);
    listener.secure(listenerTls(undefined, { clientCertificates: 'Request' }));
    expect((await tlsPeer(port, { maxVersion: 'TLSv1.2', session })).isSessionReused()).toBe(false);
  });
});

const known = await root.issue({ commonName: 'phone' });
const unknown = await stranger.issue({ commonName: 'phone' });
const expired = await root.issue({ commonName: 'phone', days: -1 });
const shown = ({ certificate, key }: Issued) => ({ cert: certificate, key });

describe('client certificates', () => {
  const clients = { secret: 'phones', key: 'ca.crt', path: 'ca' };
  const asking = (clientCertificates: 'Request' | 'Require'): ListenerTls =>
    listenerTls(undefined, { clientCertificates, clientAuthority: clients });

  it.each(['Request', 'Require'] as const)('of the authority are let in (%s)', async (mode) => {
    const { port, inputs } = await openTls(asking(mode));
    (await tlsPeer(port, shown(known))).write(request('OPTIONS'));
    await inputs.next('message');
  });

  it.each([
    ['that is missing', {}, 'no_client_certificate'],
    ['of another authority', shown(unknown), 'client_certificate'],
    ['that has expired', shown(expired), 'client_certificate'],
  ])(
    'where they are required, one %s keeps its peer out, and the log says why',
    async (_what, options, reason) => {
      const { port, inputs, around, connections } = await openTls(asking('Require'));
      const peer = startTlsPeer(port, options);
      peer.on('secureConnect', () => peer.write(request('OPTIONS')));
      await closed(peer);
      await around.counted(`TLS tls_${reason}`);
      expect(around.notes).toMatchObject([
        { event: 'handshake failed', reason: expect.stringMatching(/certificate/) },
      ]);
      expect(inputs.all).toEqual([]);
      expect(connections.count).toBe(0);
    },
  );

  it('where they are asked for, none is let in, and one of another authority is not', async () => {
    const { port, inputs, around } = await openTls(asking('Request'));
    (await tlsPeer(port)).write(request('OPTIONS'));
    await inputs.next('message');
    await closed(startTlsPeer(port, shown(unknown)));
    await around.counted('TLS tls_client_certificate');
  });
});

describe('a handshake', () => {
  it('that does not come about in time is ended, however slowly bytes come', async () => {
    const { port, around, connections } = await openTls(listenerTls(), { partialMs: 150 });
    const hello = Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), Buffer.alloc(501, 1)]);
    const [silent, slow] = [await tcpPeer(port), await tcpPeer(port)];
    let sent = 0;
    const drip = setInterval(() => slow.write(hello.subarray(sent, ++sent)), 10);
    onTestFinished(() => clearInterval(drip));
    await Promise.all([closed(silent), closed(slow)]);
    await around.counted('TLS tls_timeout', 2);
    expect(connections.count).toBe(0);
  });

  it.each([
    ['SIP without TLS', request('OPTIONS'), 'not_tls'],
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', 'not_tls'],
    ['noise', '\x00'.repeat(100), 'not_tls'],
  ])('is none where the peer speaks %s', async (_what, text, reason) => {
    const { port, around, inputs } = await openTls();
    const peer = await tcpPeer(port);
    peer.write(text);
    await closed(peer);
    await around.counted(`TLS tls_${reason}`);
    expect(inputs.all).toEqual([]);
  });

  it('with a peer that does not trust us is told as such', async () => {
    const { port, around } = await openTls();
    await closed(startTlsPeer(port, { ca: stranger.pem }));
    await around.counted('TLS tls_reset');
    expect(around.notes[0]?.reason).toContain('does it trust the certificate?');
  });

  it('counts against the bounds from its first packet on, and no more when it has ended', async () => {
    const { port, around, inputs } = await openTls(listenerTls(), { maxConnectionsPerSource: 2 });
    const [idle, other] = [await tcpPeer(port), await tcpPeer(port)];
    await once(await tcpPeer(port), 'close');
    expect(around.counts.get('too_many_connections_of_source')).toBe(1);
    idle.destroy();
    other.destroy();
    await around.counted('TLS tls_reset', 2);
    (await tlsPeer(port)).write(request('OPTIONS'));
    await inputs.next('message');
  });

  it('that is under way when all is closed is closed too', async () => {
    const { port, connections } = await openTls();
    const peer = await tcpPeer(port);
    await once(connect({ host: '127.0.0.1', port }), 'connect');
    connections.close('shutdown');
    await closed(peer);
  });
});
