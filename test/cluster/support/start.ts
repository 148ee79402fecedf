import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage } from '../../../images/build.ts';
import { startCluster } from './cluster.ts';
import { prepareCluster } from './setup.ts';

// A cluster to try things by hand, with the image on its node: `npm run cluster [-- controlPlane]`, until Ctrl-C.
const IMAGE = 'registry.local/midregistrar:test';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mode = process.argv[2] === 'controlPlane' ? 'controlPlane' : 'full';
const parts = await prepareCluster((line) => void process.stderr.write(`${line}\n`));
if (!parts.ok) {
  process.stderr.write(`missing ${parts.what}: ${parts.how}\n`);
  process.exit(1);
}
const cluster = await startCluster({ mode });
if (mode === 'full') {
  const directory = mkdtempSync(join(tmpdir(), 'midreg-image-'));
  const tar = join(directory, 'image.tar');
  await buildImage(IMAGE, tar);
  await cluster.loadImage(tar);
  rmSync(directory, { recursive: true });
  say(
    `# the node has ${IMAGE}: helm install … --set image.repository=registry.local/midregistrar --set image.tag=test`,
  );
}
say(`export KUBECONFIG=${cluster.kubeconfig}`);
// Waiting for a signal alone would keep no process alive.
const alive = setInterval(() => {}, 1 << 30);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
clearInterval(alive);
await cluster.stop();
