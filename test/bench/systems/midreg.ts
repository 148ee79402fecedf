import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startPinned } from '../child.ts';
import { freeTcpPort, freeUdpPort } from '../free-port.ts';
import { START_LIMIT_MS, waitUntil } from '../readiness.ts';
import type { Place, Presence, Serving, System } from '../system.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** A profile, and a drain, are written at the end. */
const STOP_GRACE_MS = 20_000;
const LAUNCHER = join(ROOT, 'bin/midreg');

const presence = (): Presence => {
  if (!existsSync(LAUNCHER)) return { kind: 'absent', hint: 'bin/midreg is missing from this checkout' };
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return { kind: 'here', version };
};

/** What a user would write for one PBX on this machine; everything left out keeps its default. */
const resource = (pbxPort: number, port: number): object => ({
  apiVersion: 'midregistrar.dev/v1',
  kind: 'MidRegistrar',
  metadata: { name: 'bench' },
  spec: {
    domains: ['pbx.test'],
    upstream: { endpoints: [{ name: 'pbx', host: '127.0.0.1', port: pbxPort, transport: 'UDP' }] },
    listeners: [{ name: 'udp', transport: 'UDP', address: '127.0.0.1', port }],
    registration: { mode: 'Mirror', insertion: 'Contact', replyContacts: 'Complete' },
    messaging: { senders: 'Registered', onUnregistered: 'Reject' },
    // Thousands of phones behind the generator's one address; in a flood they have addresses of their own, and no trust.
    security: { trustedSources: ['127.0.0.1'] },
  },
});

const isReady = async (admin: number): Promise<boolean> => {
  try {
    const response = await fetch(`http://127.0.0.1:${admin}/readyz`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // nobody listens there yet
  }
};

/** A proxy that serves, where it tells its metrics, and how long it took from its start to saying that it is ready. */
export interface MidregServing extends Serving {
  readonly admin: number;
  readonly readySeconds: number;
}

export interface MidregOptions {
  /** Leave a V8 CPU profile in this directory at the end. */
  readonly profiles?: string;
}

/** Starts the proxy in `place`; one that has run there before finds its bindings again. */
export const startMidreg = async (place: Place, { profiles }: MidregOptions = {}): Promise<MidregServing> => {
  const [port, admin] = [await freeUdpPort(), await freeTcpPort()];
  const file = join(place.directory, 'bench.yaml');
  const log = join(place.directory, 'midreg.log');
  writeFileSync(file, stringify(resource(place.pbxPort, port)));
  const data = join(place.directory, 'data');
  const command = [LAUNCHER, 'run', file, '--admin', `127.0.0.1:${admin}`, '--data', data];
  const profiling = profiles === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` };
  const begun = performance.now();
  const child = startPinned(place.core, command, log, { env: { ...process.env, ...profiling } });
  await waitUntil(child, 'midreg', log, START_LIMIT_MS, () => isReady(admin));
  const readySeconds = (performance.now() - begun) / 1000;
  return { port, admin, readySeconds, pid: child.pid, stop: () => child.stop(STOP_GRACE_MS) };
};

/** This project's proxy as shipped. */
export const midreg = (options: MidregOptions = {}): System<MidregServing> => ({
  name: 'midreg',
  describes: 'midreg run: durable store, metrics, log to a file, insertion Contact, senders Registered',
  presence,
  start: (place) => startMidreg(place, options),
});
