import { statSync } from 'node:fs';
import { buildImage } from './build.ts';
import { composeRootfs } from './rootfs.ts';

const USAGE = `npm run image -- OUT.tar [NAME]            the image as an OCI tar, without a container engine
npm run image:rootfs -- DIRECTORY          its files alone, as images/Dockerfile takes them

NAME is midregistrar:latest unless it is given. \`docker build -f images/Dockerfile .\` makes the same image.
`;

const [what, target, name = 'docker.io/library/midregistrar:latest'] = process.argv.slice(2);
if (target === undefined || (what !== 'tar' && what !== 'rootfs')) {
  process.stderr.write(USAGE);
  process.exit(2);
}
if (what === 'rootfs') {
  await composeRootfs(target);
} else {
  await buildImage(name, target);
  process.stdout.write(`${target}: ${name}, ${(statSync(target).size / 1e6).toFixed(1)} MB\n`);
}
