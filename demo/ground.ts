import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_ADMIN } from '../cli/admin.ts';
import type { HostPort } from '../cli/host-port.ts';
import { readResourceFile } from '../cli/resource-file.ts';
import { freePort, isFree, type PortTransport } from './ports.ts';
import type { Hop } from './wire/hop.ts';

/** What the demo stands on: the resource that the proxy runs by, and the addresses that it names. */
export interface Ground {
  file: string;
  /** Where the demo PBX is to listen. */
  pbx: Hop;
  /** Where the proxy takes SIP by UDP. */
  proxy: Hop;
  admin: HostPort;
  /** What is otherwise than usual, for the person who watches. */
  notes: string[];
  remove(): Promise<void>;
}

/** RFC 3261 §19.1.2. */
const DEFAULT_PORT = 5060;

interface Wanted {
  transport: PortTransport;
  at: Hop;
}

/**
 * Reads the example. Where one of its ports is taken, a copy with free ones takes its place, so that the demo runs
 * beside a PBX or phone that is already there. Rejects with a sentence when it cannot be had.
 */
export async function layGround(example: string): Promise<Ground> {
  const resource = await readResourceFile(example);
  if (!resource.ok) throw new Error(`the demo's resource is wrong: ${resource.mistakes.join('; ')}`);
  const [endpoint] = resource.config.upstream.endpoints;
  const listener = resource.config.listeners.find(({ transport }) => transport === 'UDP');
  if (endpoint === undefined || listener === undefined)
    throw new Error(`${example} is to name an endpoint and a UDP listener`);
  const pbx = { address: endpoint.host, port: endpoint.port ?? DEFAULT_PORT };
  const wanted: Wanted[] = [
    { transport: 'UDP', at: pbx },
    ...resource.config.listeners.map(({ transport, address, port }) => ({
      transport: transport === 'UDP' ? ('UDP' as const) : ('TCP' as const),
      at: { address, port },
    })),
  ];
  const moved = await moveTaken(wanted);
  const portOf = (port: number): number => moved.get(port) ?? port;
  const admin = await freeAdmin(new Set([...wanted.map(({ at }) => portOf(at.port))]));
  const ground = {
    file: example,
    pbx: { ...pbx, port: portOf(pbx.port) },
    proxy: { address: listener.address, port: portOf(listener.port) },
    admin,
    notes: [...moved].map(([from, to]) => `port ${from} is taken here, so the demo uses ${to} instead`),
    remove: async () => {},
  };
  return moved.size === 0 ? ground : { ...ground, ...(await copyWithPorts(resource.text, moved)) };
}

/** A free port for each one that is taken. */
async function moveTaken(wanted: readonly Wanted[]): Promise<Map<number, number>> {
  const moved = new Map<number, number>();
  const inUse = new Set(wanted.map(({ at }) => at.port));
  for (const { transport, at } of wanted) {
    if (moved.has(at.port) || (await isFree(transport, at))) continue;
    const port = await freePort(at.address, inUse);
    inUse.add(port);
    moved.set(at.port, port);
  }
  return moved;
}

async function freeAdmin(except: ReadonlySet<number>): Promise<HostPort> {
  const { host, port } = DEFAULT_ADMIN;
  if (await isFree('TCP', { address: host, port })) return DEFAULT_ADMIN;
  return { host, port: await freePort(host, except) };
}

async function copyWithPorts(
  text: string,
  moved: ReadonlyMap<number, number>,
): Promise<Pick<Ground, 'file' | 'remove'>> {
  const directory = await mkdtemp(join(tmpdir(), 'midreg-demo-'));
  const file = join(directory, 'demo.yaml');
  const adapted = text.replaceAll(/\bport: (\d+)/g, (_, port) => `port: ${moved.get(Number(port)) ?? port}`);
  await writeFile(file, adapted);
  return { file, remove: () => rm(directory, { recursive: true, force: true }) };
}
