import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { runCommand } from './command.ts';

const UPDATE_MS = 180_000;
const INSTALL_MS = 600_000;
const POLICY = '/usr/sbin/policy-rc.d';
/** invoke-rc.d and deb-systemd-invoke take exit code 101 for "this service must not be started". */
export const NO_SERVICES = '#!/bin/sh\nexit 101\n';
const QUIET = { DEBIAN_FRONTEND: 'noninteractive' };

/** Does `work` while packages that are installed start none of their daemons. */
const withoutServices = async (work: () => Promise<void>): Promise<void> => {
  if (existsSync(POLICY)) return work(); // the machine has a policy of its own
  writeFileSync(POLICY, NO_SERVICES, { mode: 0o755, flag: 'wx' });
  try {
    await work();
  } finally {
    rmSync(POLICY);
  }
};

export const updatePackageLists = async (): Promise<void> =>
  void (await runCommand('apt-get', ['update', '-q'], UPDATE_MS, QUIET));

/** Installs Debian packages without what they only recommend, and starts no daemon of theirs. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const flags = ['install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  await withoutServices(
    async () => void (await runCommand('apt-get', [...flags, ...packages], INSTALL_MS, QUIET)),
  );
}

/** A machine that boots later must not start it either. */
export async function disableService(name: string): Promise<void> {
  if (existsSync('/run/systemd/system')) await runCommand('systemctl', ['disable', name], 30_000);
}

/** The mirror that this machine itself installs Debian from, as a URL; undefined on another distribution. */
export async function debianMirror(): Promise<string | undefined> {
  const format = ['indextargets', '--format', '$(ORIGIN)|$(LABEL)|$(REPO_URI)', 'Created-By: Packages'];
  const targets = await runCommand('apt-get', format, 30_000);
  const repository = /^Debian\|Debian\|(\S+)$/m.exec(targets)?.[1];
  // Cloud images name a file that lists mirrors.
  const list = /^mirror\+file:\/*(\/.+?)\/?$/.exec(repository ?? '')?.[1];
  return list === undefined ? repository : /^https?:\S+/m.exec(readFileSync(list, 'utf8'))?.[0];
}
