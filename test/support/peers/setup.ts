import { join } from 'node:path';
import { disableService, installPackages, updatePackageLists } from './apt.ts';
import { buildAsteriskRoot } from './asterisk-root.ts';
import {
  type Availability,
  availability,
  cacheDirectory,
  findCommand,
  isRoot,
  PEERS,
  type PeerName,
} from './availability.ts';
import { withLock } from './lock.ts';

type Log = (line: string) => void;

const LOCK_SECONDS = 1200;

/** How each peer comes onto a Debian machine. */
const installers: Readonly<Record<PeerName, () => Promise<void>>> = {
  asterisk: buildAsteriskRoot,
  kamailio: async () => {
    await installPackages(['kamailio', 'kamailio-tls-modules']);
    await disableService('kamailio');
  },
  sipp: () => installPackages(['sip-tester']),
  baresip: () => installPackages(['baresip-core']),
  chromium: () => installPackages(['chromium']),
  nsd: async () => {
    await installPackages(['nsd']);
    await disableService('nsd');
  },
};

const missing = (): PeerName[] => PEERS.filter((peer) => !availability(peer).ok);

const canInstall = (): boolean =>
  process.platform === 'linux' && isRoot() && findCommand('apt-get') !== undefined;

/** Returns why it failed. */
const install = async (peer: PeerName, log: Log): Promise<string | undefined> => {
  const start = Date.now();
  log(`set-up: installing ${peer}, once …`);
  try {
    await installers[peer]();
    log(`set-up: ${peer} installed in ${Math.round((Date.now() - start) / 1000)} s`);
    return undefined;
  } catch (error) {
    log(`set-up: ${peer}: ${(error as Error).message}`);
    return (error as Error).message.split('\n').join(' | ');
  }
};

/** Says of each peer whether it is here, and of one that could not be installed why. */
const tell = (faults: ReadonlyMap<PeerName, string>): Record<PeerName, Availability> => {
  const told = (peer: PeerName): Availability => {
    const found = availability(peer);
    const fault = faults.get(peer);
    return found.ok || fault === undefined ? found : { ...found, how: `${found.how} (tried: ${fault})` };
  };
  return Object.fromEntries(PEERS.map((peer) => [peer, told(peer)])) as Record<PeerName, Availability>;
};

/**
 * Makes the real phones and PBXs that the tests use present, as far as this machine lets us: on Linux with apt-get and
 * as root. Never rejects for a peer that cannot be had; its `what` and `how` say so.
 */
export async function preparePeers(log: Log): Promise<Record<PeerName, Availability>> {
  const faults = new Map<PeerName, string>();
  if (missing().length === 0 || !canInstall()) return tell(faults);
  await withLock(join(cacheDirectory(), 'set-up.lock'), LOCK_SECONDS, async () => {
    const wanted = missing(); // another run may have installed some while we waited
    if (wanted.length > 0)
      await updatePackageLists().catch((error: Error) => log(`set-up: ${error.message}`));
    for (const peer of wanted) {
      const fault = await install(peer, log);
      if (fault !== undefined) faults.set(peer, fault);
    }
  });
  return tell(faults);
}
