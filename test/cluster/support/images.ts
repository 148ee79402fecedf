import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeImage } from '../../../images/oci.ts';
import { composeRuntime } from '../../../images/runtime.ts';
import { runCommand } from '../../support/peers/command.ts';
import { withLock } from '../../support/peers/lock.ts';
import { importImage, PAUSE_IMAGE, startContainerd } from './containerd.ts';
import { kitDirectory, programPath } from './kit.ts';
import { openNamespaces } from './namespaces.ts';

export const COREDNS_IMAGE = 'registry.local/coredns:1';

const LOCK_SECONDS = 300;
const COPY_MS = 60_000;
/** containerd writes to them in place; all else that it has stored it never changes. */
const DATABASES = [
  'io.containerd.metadata.v1.bolt/meta.db',
  'io.containerd.snapshotter.v1.overlayfs/metadata.db',
];

/** An image that is made on this machine: its tar's name, its own name and how its files come into a directory. */
export interface LocalImage {
  readonly file: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly fill: (root: string) => Promise<unknown> | unknown;
}

const oneProgram = (name: string, image: string, config = {}): LocalImage => ({
  file: `${name}.tar`,
  name: image,
  config: { Entrypoint: [`/${name}`], ...config },
  fill: (root) => copyFileSync(programPath(name), join(root, name)),
});

const BASE_IMAGES: readonly LocalImage[] = [
  oneProgram('pause', PAUSE_IMAGE, { User: '65535:65535' }),
  oneProgram('coredns', COREDNS_IMAGE),
  // The lower layer of our own image: with it unpacked once, each new image of ours costs little.
  {
    file: 'runtime.tar',
    name: 'registry.local/runtime:1',
    config: {},
    fill: (root) => void composeRuntime(root),
  },
];

/** Whatever the images come to be made by: another text of it, other images. */
const MAKERS = ['images.ts', 'pbx-images.ts', '../../../images/oci.ts', '../../../images/runtime.ts'];

const imagesDirectory = (): string => {
  const hash = createHash('sha256').update(process.version);
  for (const file of MAKERS) hash.update(readFileSync(join(import.meta.dirname, file)));
  return join(kitDirectory(), `images-${hash.digest('hex').slice(0, 16)}`);
};

/** Makes the tar of an image unless it is there; returns its path. */
export async function tarOf(image: LocalImage): Promise<string> {
  const path = join(imagesDirectory(), image.file);
  const make = async (): Promise<void> => {
    if (!existsSync(path)) await writeTar(image, path); // another may have made it while we waited
  };
  if (!existsSync(path)) await withLock(`${path}.lock`, LOCK_SECONDS, make);
  return path;
}

const writeTar = async ({ name, config, fill }: LocalImage, path: string): Promise<void> => {
  const root = mkdtempSync(join(tmpdir(), 'midreg-layer-'));
  try {
    chmodSync(root, 0o755); // it becomes the image's /
    await fill(root);
    await writeImage({ name, layers: [root], config }, `${path}.partial`);
    renameSync(`${path}.partial`, path);
  } finally {
    rmSync(root, { recursive: true });
  }
};

const keyOf = (tars: readonly string[]): string =>
  createHash('sha256')
    .update(tars.map((tar) => `${tar} ${statSync(tar).size} ${statSync(tar).mtimeMs}`).join('\n'))
    .digest('hex')
    .slice(0, 16);

/** Those made by an older text of ours. */
const removeOthers = (kept: readonly string[]): void => {
  for (const name of readdirSync(kitDirectory()))
    if (/^(store|images)-/.test(name) && !kept.includes(join(kitDirectory(), name)))
      rmSync(join(kitDirectory(), name), { recursive: true });
};

/** Imports images once into a containerd root that clusters begin with; returns its path. */
async function storeOf(tars: readonly string[]): Promise<string> {
  const store = join(kitDirectory(), `store-${keyOf(tars)}`);
  if (existsSync(store)) return store;
  removeOthers([imagesDirectory()]);
  const inner = await openNamespaces();
  try {
    const partial = join(inner.home, 'store');
    await startContainerd(inner, partial);
    for (const tar of tars) await importImage(inner, tar);
    await inner.endAll();
    renameSync(partial, store);
  } finally {
    await inner.close();
  }
  return store;
}

/** The images that every cluster begins with, imported; made at first. */
export const baseStore = (): Promise<string> =>
  withLock(join(kitDirectory(), 'store.lock'), LOCK_SECONDS, async () =>
    storeOf(await Promise.all(BASE_IMAGES.map(tarOf))),
  );

/** Copies a containerd root within a file system: as links to the same files, but for those that change. */
export async function copyStore(store: string, to: string): Promise<void> {
  await runCommand('cp', ['-al', store, to], COPY_MS);
  for (const file of DATABASES) {
    rmSync(join(to, file));
    copyFileSync(join(store, file), join(to, file));
  }
}
