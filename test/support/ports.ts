import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

export type PortKind = 'udp' | 'tcp' | 'both';

type Release = () => Promise<void>;

const TRIES = 200;
const given = new Set<number>();

const holdTcp = async (address: string, port: number): Promise<{ port: number; release: Release }> => {
  const server = createServer().listen(port, address);
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP listener without a port');
  return { port: bound.port, release: async () => void (await once(server.close(), 'close')) };
};

const holdUdp = async (address: string, port: number): Promise<{ port: number; release: Release }> => {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const listening = once(socket, 'listening');
  socket.bind(port, address);
  await listening;
  return { port: socket.address().port, release: async () => void (await once(socket.close(), 'close')) };
};

/** Binds what `kind` names on `span` ports in a row; undefined if any of it is taken. */
const holdRow = async (
  kind: PortKind,
  address: string,
  span: number,
): Promise<{ first: number; releases: Release[] } | undefined> => {
  const releases: Release[] = [];
  let first = 0;
  try {
    for (let index = 0; index < span; index++) {
      for (const hold of kind === 'udp' ? [holdUdp] : kind === 'tcp' ? [holdTcp] : [holdTcp, holdUdp]) {
        const held = await hold(address, first === 0 ? 0 : first + index);
        first ||= held.port;
        releases.push(held.release);
      }
    }
    return { first, releases };
  } catch (error) {
    await Promise.all(releases.map((release) => release()));
    if (first === 0) throw error; // not even port 0 could be bound: the address is not ours
    return undefined;
  }
};

/**
 * The first of `span` ports in a row of `address` that were free just now and that this process has not been given
 * before. `both`: the same number on UDP and TCP. baresip needs `span` 2, as it also takes the port above its own.
 */
export async function freePort(kind: PortKind, address = '127.0.0.1', span = 1): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await holdRow(kind, address, span);
    if (row === undefined) continue;
    await Promise.all(row.releases.map((release) => release()));
    const ports = Array.from({ length: span }, (_, index) => row.first + index);
    if (ports.some((port) => given.has(port))) continue;
    for (const port of ports) given.add(port);
    return row.first;
  }
  throw new Error(`no ${span} free ${kind} port(s) in a row of ${address} in ${TRIES} tries`);
}

/** As many different free ports. */
export async function freePorts(
  count: number,
  kind: PortKind = 'both',
  address = '127.0.0.1',
): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort(kind, address));
  return ports;
}

const LOOK_AGAIN_MS = 10;
/** The column of a connection's state in /proc/net, and what a listening socket has there. */
const LISTENS = { UDP: '07', TCP: '0A' } as const;

/** Resolves when some process of this (Linux) machine has bound the port, as those of peers that tell nothing of it. */
export async function waitForSocket(
  transport: 'UDP' | 'TCP',
  port: number,
  timeoutMs: number,
): Promise<void> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = ['', '6'].map((version) => `/proc/net/${transport.toLowerCase()}${version}`);
  const isBound = async () => {
    const lines = (await Promise.all(tables.map((table) => readFile(table, 'utf8')))).join('').split('\n');
    return lines
      .map((line) => line.trim().split(/\s+/))
      .some(([, address = '', , state]) => address.endsWith(local) && state === LISTENS[transport]);
  };
  for (const until = Date.now() + timeoutMs; !(await isBound()); ) {
    if (Date.now() > until) throw new Error(`nobody has bound ${transport} port ${port} in ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
