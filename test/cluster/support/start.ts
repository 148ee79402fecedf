import { once } from 'node:events';
import { startCluster } from './cluster.ts';
import { prepareCluster } from './setup.ts';

// A cluster to try things by hand: `sh bin/project-node test/cluster/support/start.ts [controlPlane]`, until Ctrl-C.
const mode = process.argv[2] === 'controlPlane' ? 'controlPlane' : 'full';
const parts = await prepareCluster((line) => void process.stderr.write(`${line}\n`));
if (!parts.ok) {
  process.stderr.write(`missing ${parts.what}: ${parts.how}\n`);
  process.exit(1);
}
const cluster = await startCluster({ mode });
process.stdout.write(`export KUBECONFIG=${cluster.kubeconfig}\n`);
// Waiting for a signal alone would keep no process alive.
const alive = setInterval(() => {}, 1 << 30);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
clearInterval(alive);
await cluster.stop();
