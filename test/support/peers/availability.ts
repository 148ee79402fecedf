import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export const PEERS = ['asterisk', 'kamailio', 'sipp', 'baresip', 'chromium', 'nsd'] as const;
export type PeerName = (typeof PEERS)[number];

/** Whether a peer can be started here; if not, what is missing and how to get it. */
export type Availability =
  | { readonly ok: true }
  | { readonly ok: false; readonly what: string; readonly how: string };

/** What is kept between runs; a later run makes it again when it is gone. */
export const cacheDirectory = (): string =>
  process.env.MIDREG_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'midregistrar');

/** The root directory of a small Debian in which Asterisk is installed. */
export const asteriskRoot = (): string => join(cacheDirectory(), 'asterisk-debian-forky');

export const isRoot = (): boolean => process.getuid?.() === 0;

/** The full path of a program. Looks where daemons live too, which a plain user's PATH leaves out. */
export const findCommand = (name: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin']
    .map((directory) => join(directory, name))
    .find(isExecutable);

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Its TLS comes in a package of its own. */
const kamailio = (): Availability => {
  const how = 'on Debian, as root: apt-get install kamailio kamailio-tls-modules';
  const hasTls = globSync('/usr/lib/*/kamailio/modules/tls.so').length > 0;
  const found = packaged('kamailio', 'Kamailio', 'kamailio kamailio-tls-modules');
  return found.ok && !hasTls ? { ok: false, what: 'TLS in Kamailio', how } : found;
};

/** Linux only: the tests give a PBX another loopback address than the phones, and look into /proc. */
const packaged = (command: string, what: string, debianPackage: string): Availability => {
  if (process.platform !== 'linux') return { ok: false, what, how: 'run the tests on Linux' };
  return findCommand(command) === undefined
    ? { ok: false, what, how: `on Debian, as root: apt-get install ${debianPackage}` }
    : { ok: true };
};

const asterisk = (): Availability =>
  isRoot() && existsSync(join(asteriskRoot(), 'usr/sbin/asterisk'))
    ? { ok: true }
    : {
        ok: false,
        what: 'Asterisk 22 in a chroot',
        how: 'on Debian, run `npm test` as root, which makes it',
      };

const checks: Readonly<Record<PeerName, () => Availability>> = {
  asterisk,
  kamailio,
  sipp: () => packaged('sipp', 'sipp', 'sip-tester'),
  baresip: () => packaged('baresip', 'baresip', 'baresip-core'),
  chromium: () => packaged('chromium', 'Chromium', 'chromium'),
  nsd: () => packaged('nsd', 'the DNS server NSD', 'nsd'),
};

/** Looks, installs nothing: `setup.ts` does that. */
export const availability = (peer: PeerName): Availability => checks[peer]();
