/**
 * The floor of what Node can do: a UDP relay that parses nothing. A datagram on the listening socket goes to the
 * upstream from a socket kept for its source address; what comes back on that socket goes to that source.
 * Usage: relay-process.ts LISTEN_PORT UPSTREAM_PORT. Both are ports of 127.0.0.1.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

const HOST = '127.0.0.1';
const BUFFER_BYTES = 4 << 20;
/** Sources beyond this many are not served: sockets are bounded. */
const SOURCES_MAX = 512;

const [listenPort, upstreamPort] = process.argv.slice(2).map(Number) as [number, number];

const bound = (port: number): Socket => {
  const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES, sendBufferSize: BUFFER_BYTES });
  socket.bind(port, HOST);
  return socket;
};

const front = bound(listenPort);
const upstreams = new Map<number, Socket>();

const upstreamOf = (source: RemoteInfo): Socket | undefined => {
  const known = upstreams.get(source.port);
  if (known !== undefined || upstreams.size >= SOURCES_MAX) return known;
  const fresh = bound(0);
  fresh.on('message', (bytes) => front.send(bytes, source.port, source.address));
  upstreams.set(source.port, fresh);
  return fresh;
};

front.on('message', (bytes, source) => upstreamOf(source)?.send(bytes, upstreamPort, HOST));
process.on('SIGTERM', () => process.exit(0));
