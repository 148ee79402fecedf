import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startPinned } from '../child.ts';
import { freeUdpPort } from '../free-port.ts';
import { answersOptions } from '../readiness.ts';
import type { Place, Presence, Serving, System } from '../system.ts';

const SHARED_MEGABYTES = 2048;
const PRIVATE_MEGABYTES = 64;
const RECEIVE_BUFFER_BYTES = 4 << 20;

/** The program, which Debian does not have; `OPENSIPS_MODULES` names its modules where they are not in a source tree around it. */
const program = (): string | undefined => process.env.OPENSIPS_BIN;

const modulesOf = (binary: string): string =>
  process.env.OPENSIPS_MODULES ?? `${join(dirname(binary), 'modules')}/`;

const presence = (): Presence => {
  const binary = program();
  if (binary === undefined) return { kind: 'absent', hint: 'set OPENSIPS_BIN to the program to include it' };
  const asked = spawnSync(binary, ['-V'], { encoding: 'utf8' });
  const version = /opensips ([\w.-]+)/.exec(asked.stdout ?? '')?.[1];
  return version === undefined
    ? { kind: 'absent', hint: `${binary} -V says nothing of OpenSIPS` }
    : { kind: 'here', version };
};

const start = async (place: Place, children: number): Promise<Serving> => {
  const binary = program();
  if (binary === undefined) throw new Error('OPENSIPS_BIN is not set');
  const port = await freeUdpPort();
  const log = join(place.directory, 'opensips.log');
  const config = join(place.directory, 'opensips.cfg');
  const filled = readFileSync(join(import.meta.dirname, 'opensips.cfg'), 'utf8')
    .replaceAll('@PORT@', String(port))
    .replaceAll('@PBX@', String(place.pbxPort))
    .replaceAll('@CHILDREN@', String(children))
    .replaceAll('@MODULES@', modulesOf(binary));
  writeFileSync(config, filled);
  const memory = ['-m', SHARED_MEGABYTES, '-M', PRIVATE_MEGABYTES, '-b', RECEIVE_BUFFER_BYTES].map(String);
  const command = [binary, '-F', '-f', config, '-w', place.directory, ...memory];
  const child = startPinned(place.core, command, log);
  await answersOptions(child, 'opensips', log, port);
  return { port, pid: child.pid, stop: () => child.stop() };
};

/** OpenSIPS' own mid-registrar as a mirror in memory. */
export const opensips = (children: number): System => ({
  name: 'opensips',
  describes: `mid_registrar in mode 0 with contact ids as user parts, lookup() for MESSAGE; in memory, log off, ${children} UDP worker(s), ${SHARED_MEGABYTES} MB`,
  presence,
  start: (place) => start(place, children),
});
