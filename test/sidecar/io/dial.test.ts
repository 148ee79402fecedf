import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { buildLink } from '../../../sidecar/io/credentials.ts';
import type { UpstreamLink, Verify } from '../../../sidecar/io/dial.ts';
import type { Outwards } from '../../../sidecar/io/listeners.ts';
import { SecretReading } from '../../../sidecar/io/secret-files.ts';
import type { Flow, Transport } from '../../../sidecar/wire/flow.ts';
import { dns, type Issued, ip, uri, writeSecret, writeTlsSecret } from '../../support/pki.ts';
import { foreignServer, open, read, type Stage } from './stream-stage.ts';
import { request } from './support.ts';
import { foreignTlsServer, intermediate, root, secretsFolder, serverPair, stranger } from './tls-stage.ts';

const PBX = 'pbx.test';

const to = (transport: Transport, port: number, address = '127.0.0.1'): Flow => ({
  transport,
  listener: 'tcp',
  address,
  port,
  connection: 0,
});

/** How the PBX is spoken to that is known as `pbx.test`, by certificates of the test's authority. */
function linkOf({
  verify = 'Full' as Verify,
  serverName = undefined as string | undefined,
  path = '/',
  shown = undefined as Issued | undefined,
} = {}): UpstreamLink {
  const secrets = secretsFolder();
  writeSecret(secrets, 'ca', { 'ca.crt': root.pem });
  if (shown !== undefined) writeTlsSecret(secrets, 'client', shown);
  const reading = new SecretReading(secrets);
  const built = buildLink(
    {
      authority: { secret: 'ca', key: 'ca.crt', path: 'ca' },
      certificate: shown && { secret: 'client', path: 'client' },
      serverName,
      verify,
    },
    path,
    reading,
  );
  if (built === undefined) throw new Error(reading.faults.join());
  return built.made;
}

const dialling = (link: UpstreamLink, hostAt: Outwards['hostAt'] = () => PBX): Promise<Stage> =>
  open({}, '127.0.0.1', [], { outwards: { link: () => link, hostAt } });

const outcome = ({ connections }: Stage, flow: Flow): Promise<string> =>
  new Promise((resolve) => connections.send(flow, 'secret', resolve, undefined));

const pbxPair = await intermediate.issue({ names: [dns(PBX)] });

describe('a PBX of TLS', () => {
  it('is sent to over one connection, once its certificate has proven who it is, and told the name that is meant', async () => {
    const { connections, inputs } = await dialling(linkOf());
    const { port, sockets, names } = await foreignTlsServer(pbxPair);
    for (const text of ['one', 'two', 'three']) connections.send(to('TLS', port), text, undefined, undefined);
    await expect.poll(() => sockets.length).toBe(1);
    const [socket] = sockets;
    if (socket === undefined) throw new Error('no connection');
    expect(await read(socket, 11)).toBe('onetwothree');
    expect(names).toEqual([PBX]);
    socket.write(request('OPTIONS'));
    const { flow } = await inputs.next('message');
    expect(flow).toMatchObject({ transport: 'TLS', address: '127.0.0.1', port });
    connections.send(flow, 'four', undefined, undefined);
    expect(await read(socket, 4)).toBe('four');
    expect(connections.count).toBe(1);
  });

  it.each([
    ['the name in serverName', [dns('sip.other.test')], { serverName: 'sip.other.test' }],
    ['the name in another case', [dns('PBX.Test')], {}],
    ['a SIP URI of the domain', [uri(`sip:${PBX}`), dns('host.test')], {}],
    ['any name, where only the authority counts', [dns('host.test')], { verify: 'CaOnly' }],
  ] as const)('is believed by %s', async (_what, names, wish) => {
    const { connections } = await dialling(linkOf(wish));
    const { port, sockets } = await foreignTlsServer(await root.issue({ names }));
    connections.send(to('TLS', port), 'secret', undefined, undefined);
    await expect.poll(() => sockets.length).toBe(1);
    expect(await read(sockets[0] as (typeof sockets)[0], 6)).toBe('secret');
  });

  it.each([
    ['another name', [dns('host.test')], {}],
    ['a wildcard', [dns('*.test')], {}],
    ['a SIP URI of another domain beside its DNS name', [uri('sip:other.test'), dns(PBX)], {}],
    ['a SIP URI of a user', [uri(`sip:alice@${PBX}`)], {}],
    ['no name but the authority is another', [dns(PBX)], { verify: 'CaOnly' }, stranger],
    ['the right name of another authority', [dns(PBX)], {}, stranger],
  ] as const)('that shows %s is sent nothing', async (_what, names, wish, authority = root) => {
    const stage = await dialling(linkOf(wish));
    const { port, sockets } = await foreignTlsServer(await authority.issue({ names }));
    expect(await outcome(stage, to('TLS', port))).toBe('refused');
    for (const socket of sockets) expect(socket.bytesRead).toBe(0);
    expect(stage.around.notes).toMatchObject([
      { level: 'warn', event: 'connection refused', reason: expect.stringContaining(`127.0.0.1:${port}`) },
    ]);
    expect(stage.inputs.of('flowClosed')).toEqual([]);
  });

  it('says which names a certificate has where the one that is meant is missing', async () => {
    const stage = await dialling(linkOf());
    const { port } = await foreignTlsServer(await root.issue({ names: [dns('host.test'), ip('192.0.2.1')] }));
    await outcome(stage, to('TLS', port));
    expect(stage.around.notes[0]?.reason).toMatch(
      /of host\.test, 192\.0\.2\.1, and not of pbx\.test.*serverName/,
    );
  });

  it('whose certificate has expired is sent nothing', async () => {
    const stage = await dialling(linkOf());
    const { port } = await foreignTlsServer(await root.issue({ names: [dns(PBX)], days: -1 }));
    const [reason, why] = await new Promise<[string, (string | undefined)?]>((resolve) =>
      stage.connections.send(to('TLS', port), 'secret', (...told) => resolve(told), undefined),
    );
    expect([reason, why]).toEqual(['refused', expect.stringContaining('expired')]);
    expect(stage.around.notes[0]?.reason).toContain(why);
  });

  it('is believed without proof where nothing is to be verified', async () => {
    const { connections } = await dialling(linkOf({ verify: 'None' }));
    const { port, sockets } = await foreignTlsServer(
      await stranger.issue({ names: [dns('x.test')], days: -1 }),
    );
    connections.send(to('TLS', port), 'secret', undefined, undefined);
    await expect.poll(() => sockets.length).toBe(1);
    expect(await read(sockets[0] as (typeof sockets)[0], 6)).toBe('secret');
  });

  it('known by an IPv6 address is held to that, and told no name', async () => {
    const { connections } = await dialling(linkOf(), () => '::1');
    const { port, sockets, names } = await foreignTlsServer(serverPair, { host: '::1' });
    connections.send(to('TLS', port, '::1'), 'secret', undefined, undefined);
    await expect.poll(() => sockets.length).toBe(1);
    expect(await read(sockets[0] as (typeof sockets)[0], 6)).toBe('secret');
    expect(names).toEqual([false]);
  });

  it('is shown our certificate where it asks for one', async () => {
    const shown = await root.issue({ commonName: 'midregistrar' });
    const { connections } = await dialling(linkOf({ shown }));
    const { port, sockets } = await foreignTlsServer(pbxPair, { asks: true });
    connections.send(to('TLS', port), 'secret', undefined, undefined);
    await expect.poll(() => sockets.length).toBe(1);
    expect(sockets[0]?.getPeerCertificate().subject.CN).toBe('midregistrar');
  });

  it('is given up that never answers the handshake', async () => {
    const stage = await open({ connectMs: 80 }, '127.0.0.1', [], {
      outwards: { link: () => linkOf(), hostAt: () => PBX },
    });
    const { port } = await foreignServer();
    expect(await outcome(stage, to('TLS', port))).toBe('refused');
    expect(stage.around.counts.get('tls_closed_connect_timeout')).toBe(1);
  });

  it('has its connection refused at once where nobody listens', async () => {
    const stage = await dialling(linkOf());
    const { port, server } = await foreignServer();
    server.close();
    await once(server, 'close');
    expect(await outcome(stage, to('TLS', port))).toBe('refused');
  });
});

describe('a PBX of WebSocket', () => {
  async function webSocketServer(protocols: (offered: Set<string>) => string | false = () => 'sip') {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: protocols });
    await once(server, 'listening');
    const opened: {
      readonly socket: WebSocket;
      readonly url: string | undefined;
      readonly host: string | undefined;
    }[] = [];
    server.on('connection', (socket, { url, headers }) => opened.push({ socket, url, host: headers.host }));
    onTestFinished(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, opened, server };
  }

  it('is opened once, at its path and by its name, and messages go both ways', async () => {
    const { connections, inputs } = await dialling(linkOf({ path: '/ws' }));
    const { port, opened, server } = await webSocketServer();
    const received: string[] = [];
    server.on('connection', (socket) => socket.on('message', (data) => received.push(String(data))));
    for (const text of ['one', 'two']) connections.send(to('WS', port), text, undefined, undefined);
    await expect.poll(() => received).toEqual(['one', 'two']);
    expect(opened).toMatchObject([{ url: '/ws', host: `${PBX}:${port}` }]);
    opened[0]?.socket.send(request('OPTIONS'));
    const { flow } = await inputs.next('message');
    expect(flow).toMatchObject({ transport: 'WS', address: '127.0.0.1', port });
    opened[0]?.socket.terminate();
    expect((await inputs.next('flowClosed')).connection).toBe(flow.connection);
  });

  it('that does not agree on SIP is sent nothing', async () => {
    const stage = await dialling(linkOf());
    const { port, opened } = await webSocketServer(() => false);
    expect(await outcome(stage, to('WS', port))).toBe('refused');
    for (const { socket } of opened) socket.on('message', () => expect.unreachable());
    expect(stage.around.notes[0]?.reason).toContain('subprotocol');
  });

  it('that is none is sent nothing', async () => {
    const stage = await dialling(linkOf());
    const { port, server } = await foreignServer();
    server.on('connection', (socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
    expect(await outcome(stage, to('WS', port))).toBe('refused');
    expect(stage.around.notes[0]?.reason).toContain('404');
  });

  it('is looked for nowhere but at the addresses of the resource', async () => {
    const { port, opened } = await webSocketServer();
    const stage = await dialling(linkOf(), () => undefined);
    expect(await outcome(stage, to('WS', port))).toBe('refused');
    expect(await outcome(stage, to('WSS', port))).toBe('refused');
    expect(opened).toEqual([]);
  });

  it('has to prove its name over TLS too', async () => {
    const stage = await dialling(linkOf());
    const { port } = await foreignTlsServer(await root.issue({ names: [dns('host.test')] }));
    expect(await outcome(stage, to('WSS', port))).toBe('refused');
    expect(stage.around.notes[0]?.reason).toContain('not of pbx.test');
  });
});
