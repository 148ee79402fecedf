import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finalStage } from './dockerfile.ts';
import { writeImage } from './oci.ts';
import { composeRootfs } from './rootfs.ts';

/** Where the Dockerfile's build stage leaves the root file system. */
const STAGED = '/rootfs/';

/** The Dockerfile of the project's image. */
export const dockerfile = (): string => readFileSync(join(import.meta.dirname, 'Dockerfile'), 'utf8');

/** Writes the image that `images/Dockerfile` describes as an OCI tar, without a container engine. */
export async function buildImage(name: string, out: string): Promise<void> {
  const stage = finalStage(dockerfile());
  const work = mkdtempSync(join(tmpdir(), 'midreg-rootfs-'));
  try {
    await composeRootfs(work);
    const layers = stage.copies.map(({ from, to }) => {
      if (!from.startsWith(STAGED) || to !== '/') throw new Error(`not a tree for /: ${from} ${to}`);
      return join(work, from.slice(STAGED.length));
    });
    const config = {
      User: stage.user,
      Env: Object.entries(stage.env).map(([key, value]) => `${key}=${value}`),
      Entrypoint: stage.entrypoint,
      WorkingDir: stage.workingDirectory,
      ExposedPorts: Object.fromEntries(stage.ports.map((port) => [port, {}])),
      Labels: stage.labels,
    };
    await writeImage({ name, layers, config }, out);
  } finally {
    rmSync(work, { recursive: true });
  }
}
