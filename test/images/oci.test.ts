import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeImage } from '../../images/oci.ts';
import { testStage } from '../support/peers/stage.ts';

const stage = testStage();

/** Writes an image with one file in its one layer and unpacks what was written; returns where. */
const writeAndUnpack = async (): Promise<string> => {
  const directory = stage.directory('oci');
  const layer = join(directory, 'layer');
  mkdirSync(layer);
  writeFileSync(join(layer, 'hello'), 'there');
  const out = join(directory, 'image.tar');
  await writeImage({ name: 'registry.local/hello:7', layers: [layer], config: { User: '1:1' } }, out);
  execFileSync('tar', ['-xf', out, '-C', directory]);
  return directory;
};

describe('an OCI image', () => {
  it('leads from its name by hashes to the files of its layer', async () => {
    const directory = await writeAndUnpack();
    const blob = ({ digest, size }: { digest: string; size: number }): Buffer => {
      const bytes = readFileSync(join(directory, 'blobs', digest.replace(':', '/')));
      expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest);
      expect(bytes.length).toBe(size);
      return bytes;
    };
    const json = (bytes: Buffer) => JSON.parse(bytes.toString());
    const [entry] = json(readFileSync(join(directory, 'index.json'))).manifests;
    expect(entry.annotations['io.containerd.image.name']).toBe('registry.local/hello:7');
    const manifest = json(blob(entry));
    const config = json(blob(manifest.config));
    expect(config).toMatchObject({ os: 'linux', config: { User: '1:1' } });
    expect(config.rootfs.diff_ids).toEqual(manifest.layers.map((layer: { digest: string }) => layer.digest));
    const listed = execFileSync('tar', ['-tf', '-'], { input: blob(manifest.layers[0]), encoding: 'utf8' });
    expect(listed).toBe('./\n./hello\n');
  });

  it('is the same for the same files', async () => {
    const [one, other] = [await writeAndUnpack(), await writeAndUnpack()];
    const read = (directory: string) => readFileSync(join(directory, 'index.json'), 'utf8');
    expect(read(one)).toBe(read(other));
  });
});
