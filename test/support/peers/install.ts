import { preparePeers } from './setup.ts';

/** Installs the real phones and PBXs that tests use; exit code 1 when one of them is still missing. */
const peers = await preparePeers((line) => void process.stderr.write(`${line}\n`));
for (const [name, peer] of Object.entries(peers))
  process.stdout.write(`${name}: ${peer.ok ? 'ready' : `missing ${peer.what}: ${peer.how}`}\n`);
process.exitCode = Object.values(peers).every((peer) => peer.ok) ? 0 : 1;
