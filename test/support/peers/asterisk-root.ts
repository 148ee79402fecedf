import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianMirror, installPackages, NO_SERVICES } from './apt.ts';
import { asteriskRoot } from './availability.ts';
import { runCommand } from './command.ts';

const RELEASE = 'forky';
/** The steps for a release that an older debootstrap does not know by name. */
const STEPS = '/usr/share/debootstrap/scripts/sid';
/** A mirror that is brought up to date seldom has a list past its date; its signature is checked all the same. */
const FROZEN_MIRROR = ['-o', 'Acquire::Check-Valid-Until=false'];
const STEP_MS = 900_000;

/** debootstrap mounts /proc and /sys in the new root and may leave them; what is mounted must not be deleted through. */
const unmountUnder = async (directory: string): Promise<void> => {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${directory}/`));
  for (const point of mounts.toSorted().toReversed()) await runCommand('umount', [point], 30_000);
};

const remove = async (directory: string): Promise<void> => {
  await unmountUnder(directory);
  rmSync(directory, { recursive: true, force: true });
};

const fill = async (root: string, mirror: string): Promise<void> => {
  const flags = ['--variant=minbase', '--include=ca-certificates'];
  await runCommand('debootstrap', [...flags, RELEASE, root, mirror, STEPS], STEP_MS);
  writeFileSync(join(root, 'usr/sbin/policy-rc.d'), NO_SERVICES, { mode: 0o755 });
  const apt = (...args: string[]) =>
    runCommand('chroot', [root, 'apt-get', ...FROZEN_MIRROR, ...args], STEP_MS, {
      DEBIAN_FRONTEND: 'noninteractive',
    });
  await apt('update', '-q');
  await apt('install', '-y', '-q', '--no-install-recommends', 'asterisk');
  await apt('clean');
};

/**
 * Makes the Debian root that Asterisk runs in, since the host's own release may ship no Asterisk. It gets its name
 * when it is whole. Call under the lock; rejects when this machine has no Debian mirror or a step fails.
 */
export async function buildAsteriskRoot(): Promise<void> {
  const mirror = process.env.MIDREG_DEBIAN_MIRROR || (await debianMirror());
  if (mirror === undefined)
    throw new Error('no Debian mirror is configured; MIDREG_DEBIAN_MIRROR can name one');
  // The newest keyring knows the keys of releases younger than the host's.
  await installPackages(['debootstrap', 'debian-archive-keyring']);
  const partial = `${asteriskRoot()}.partial`;
  await remove(partial);
  mkdirSync(partial, { recursive: true });
  try {
    await fill(partial, mirror);
    await unmountUnder(partial);
    renameSync(partial, asteriskRoot());
  } catch (error) {
    await remove(partial);
    throw error;
  }
}
