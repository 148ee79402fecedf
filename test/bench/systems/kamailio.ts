import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { startPinned } from '../child.ts';
import { freeUdpPort } from '../free-port.ts';
import { answersOptions } from '../readiness.ts';
import type { Place, Presence, Serving, System } from '../system.ts';

/** With less, transactions that wait for their end use it up at this speed, and the figures are worth nothing. */
const SHARED_MEGABYTES = 2048;
const PRIVATE_MEGABYTES = 64;
const RECEIVE_BUFFER_BYTES = 4 << 20;

/** What sets one way of running Kamailio apart from another. */
interface Variant {
  readonly name: 'kamailio' | 'kamailio-tuned';
  /** Command line flags and lines of configuration. */
  readonly flags: readonly string[];
  readonly lines: readonly string[];
}

const asPackaged: Variant = { name: 'kamailio', flags: [], lines: [] };

/**
 * The allocator that is the default checks every block and took about half of Kamailio's time in this load;
 * the first touch of fresh pages took another tenth. Twelve branches to a transaction (the default)
 * use up the memory at this speed before transactions are let go, so it keeps room for four.
 */
const tuned: Variant = {
  name: 'kamailio-tuned',
  flags: ['-x', 'tlsf', '-X', 'tlsf'],
  lines: ['shm_force_alloc=yes', 'max_branches=4'],
};

const presenceOf = (): Presence => {
  const asked = spawnSync('kamailio', ['-v'], { encoding: 'utf8' });
  const version = /kamailio ([\d.]+)/.exec(asked.stdout ?? '')?.[1];
  if (version === undefined) return { kind: 'absent', hint: 'apt-get install kamailio' };
  const needed = 2 * SHARED_MEGABYTES * 2 ** 20;
  return totalmem() < needed
    ? { kind: 'absent', hint: `it wants a machine with ${needed / 2 ** 30} GiB of memory` }
    : { kind: 'here', version };
};

const configure = (variant: Variant, place: Place, port: number, children: number): string => {
  const template = readFileSync(join(import.meta.dirname, 'kamailio.cfg'), 'utf8');
  const path = join(place.directory, 'kamailio.cfg');
  const filled = template
    .replaceAll('@PORT@', String(port))
    .replaceAll('@PBX@', String(place.pbxPort))
    .replaceAll('@CHILDREN@', String(children))
    .replaceAll('\n@TUNING@\n', `\n${variant.lines.join('\n')}\n`);
  writeFileSync(path, filled);
  return path;
};

const start = async (variant: Variant, place: Place, children: number): Promise<Serving> => {
  const port = await freeUdpPort();
  const log = join(place.directory, 'kamailio.log');
  const config = configure(variant, place, port, children);
  const directories = ['-w', place.directory, '-Y', place.directory];
  const memory = ['-m', SHARED_MEGABYTES, '-M', PRIVATE_MEGABYTES, '-b', RECEIVE_BUFFER_BYTES].map(String);
  const command = ['kamailio', '-DD', '-E', '-f', config, ...directories, ...memory, ...variant.flags];
  const child = startPinned(place.core, command, log);
  await answersOptions(child, variant.name, log, port);
  return { port, pid: child.pid, stop: () => child.stop() };
};

const systemOf = (variant: Variant, describes: string, children: number): System => ({
  name: variant.name,
  describes,
  presence: () => presenceOf(),
  start: (place) => start(variant, place, children),
});

/** Kamailio as a mirroring registrar in memory, with so many UDP worker processes on the one core. */
export const kamailio = (children: number): System =>
  systemOf(
    asPackaged,
    `add_path, t_relay, save() on the 2xx, lookup(); in memory, log off, ${children} UDP worker(s), ${SHARED_MEGABYTES} MB, memory manager as packaged`,
    children,
  );

/** The same Kamailio by someone who has profiled it. */
export const tunedKamailio = (children: number): System =>
  systemOf(tuned, `the same with ${[...tuned.flags, ...tuned.lines].join(' ')}`, children);
