import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** An image to write: https://github.com/opencontainers/image-spec. */
export interface Image {
  /** Its full reference, such as `registry.local/midregistrar:1`. */
  readonly name: string;
  /** The directories whose content are its layers, lowest first. All becomes root's. */
  readonly layers: readonly string[];
  /** The `config` of the specification: User, Env, Entrypoint, Cmd, Labels, … */
  readonly config: Readonly<Record<string, unknown>>;
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

const MEDIA = 'application/vnd.oci.image';
/** Same files, same bytes. Times are left out, as a time of build would make each layer another. */
const SAME = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--format=gnu'];

const architecture = (): string => (process.arch === 'x64' ? 'amd64' : process.arch);

/** Moves a file in among the blobs. */
async function addFile(blobs: string, file: string): Promise<Descriptor> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const hex = hash.digest('hex');
  const { size } = statSync(file);
  renameSync(file, join(blobs, hex));
  return { digest: `sha256:${hex}`, size };
}

const addJson = (blobs: string, value: unknown): Promise<Descriptor> => {
  const file = join(blobs, 'json');
  writeFileSync(file, JSON.stringify(value));
  return addFile(blobs, file);
};

/** Writes an image as an OCI layout in a tar, which containerd, podman, skopeo and others import. */
export async function writeImage(image: Image, out: string): Promise<void> {
  const layout = mkdtempSync(join(tmpdir(), 'midreg-image-'));
  try {
    const blobs = join(layout, 'blobs/sha256');
    mkdirSync(blobs, { recursive: true });
    const layers: (Descriptor & { mediaType: string })[] = [];
    for (const directory of image.layers) {
      const file = join(layout, 'layer.tar');
      execFileSync('tar', [...SAME, '-C', directory, '-cf', file, '.']);
      layers.push({ mediaType: `${MEDIA}.layer.v1.tar`, ...(await addFile(blobs, file)) });
    }
    const platform = { architecture: architecture(), os: 'linux' };
    const config = await addJson(blobs, {
      ...platform,
      config: image.config,
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    });
    const manifest = await addJson(blobs, {
      schemaVersion: 2,
      mediaType: `${MEDIA}.manifest.v1+json`,
      config: { mediaType: `${MEDIA}.config.v1+json`, ...config },
      layers,
    });
    const annotations = {
      'io.containerd.image.name': image.name,
      'org.opencontainers.image.ref.name': image.name.split(':').at(-1),
    };
    const index = {
      schemaVersion: 2,
      mediaType: `${MEDIA}.index.v1+json`,
      manifests: [{ mediaType: `${MEDIA}.manifest.v1+json`, ...manifest, platform, annotations }],
    };
    writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
    execFileSync('tar', ['-C', layout, '-cf', out, 'oci-layout', 'index.json', 'blobs']);
  } finally {
    rmSync(layout, { recursive: true });
  }
}
