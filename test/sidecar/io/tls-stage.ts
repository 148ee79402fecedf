import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { ListenerTlsConfig } from '../../../sidecar/config.ts';
import { buildListener } from '../../../sidecar/io/credentials.ts';
import { SecretReading } from '../../../sidecar/io/secret-files.ts';
import type { ListenerTls } from '../../../sidecar/io/tls-door.ts';
import { Authority, dns, type Issued, ip, writeSecret, writeTlsSecret } from '../../support/pki.ts';
import { temporaryDir } from './bindings.ts';

/** Two authorities that do not know each other. */
export const root = await Authority.root();
export const intermediate = await root.intermediate();
export const stranger = await Authority.root('Stranger');

export const SERVER_NAME = 'sip.test';
export const serverPair = await intermediate.issue({
  names: [dns(SERVER_NAME), ip('127.0.0.1'), ip('::1')],
});

/** A folder for Secrets, gone with the test. */
export function secretsFolder(): string {
  const { path, remove } = temporaryDir();
  onTestFinished(remove);
  return path;
}

const NO_CLIENTS = { clientCertificates: 'None', clientAuthority: undefined } as const;

/** What a listener goes by that shows `pair`, and asks of its peers what `config` says. */
export function listenerTls(
  pair: Issued = serverPair,
  config: Partial<ListenerTlsConfig> = {},
  secrets = secretsFolder(),
): ListenerTls {
  writeTlsSecret(secrets, 'sip-tls', pair);
  writeSecret(secrets, 'phones', { 'ca.crt': root.pem });
  const reading = new SecretReading(secrets);
  const built = buildListener(
    {
      certificate: { secret: 'sip-tls', path: 'certificate' },
      byServerName: [],
      minimumVersion: 'TLSv1.2',
      ...NO_CLIENTS,
      ...config,
    },
    reading,
  );
  if (built === undefined) throw new Error(reading.faults.join('\n'));
  return built.made;
}

/** As a phone connects that trusts the authority; rejects where the handshake fails. */
export async function tlsPeer(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = startTlsPeer(port, options);
  await once(socket, 'secureConnect');
  return socket;
}

/** The same, without waiting for the handshake. */
export function startTlsPeer(port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({ host: '127.0.0.1', port, ca: root.pem, servername: SERVER_NAME, ...options });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Resolves when a socket is closed, whatever error came before. */
export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => void socket.once('close', () => resolve()));

/** Somebody else's server of TLS on loopback, its connections in order; it asks for a certificate of `root` if `asks`. */
export async function foreignTlsServer(
  pair: Issued,
  { host = '127.0.0.1', asks = false } = {},
): Promise<{ port: number; sockets: TLSSocket[]; names: (string | false | null)[] }> {
  const sockets: TLSSocket[] = [];
  const names: (string | false | null)[] = [];
  const raw = new Set<Socket>();
  const server = createServer({
    cert: pair.certificate,
    key: pair.key,
    ...(asks && { ca: root.pem, requestCert: true, rejectUnauthorized: true }),
  });
  server.on('connection', (socket) => raw.add(socket));
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    names.push(socket.servername);
    sockets.push(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of raw) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, sockets, names };
}
