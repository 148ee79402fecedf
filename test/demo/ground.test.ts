import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readResourceFile } from '../../cli/resource-file.ts';
import { layGround } from '../../demo/ground.ts';
import { freePort } from '../../demo/ports.ts';

const ADDRESS = '127.0.0.1';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'midreg-ground-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A resource like the example's on ports that are free now. */
async function example(): Promise<{ file: string; pbx: number; proxy: number }> {
  const pbx = await freePort(ADDRESS, new Set());
  const proxy = await freePort(ADDRESS, new Set([pbx]));
  const text = readFileSync(join(import.meta.dirname, '../../examples/demo.yaml'), 'utf8');
  const file = join(directory, `${pbx}-${proxy}.yaml`);
  writeFileSync(
    file,
    text.replaceAll('port: 5070', `port: ${pbx}`).replaceAll('port: 5060', `port: ${proxy}`),
  );
  return { file, pbx, proxy };
}

describe('what the demo stands on', () => {
  it('is the example itself where its ports are free', async () => {
    const { file, pbx, proxy } = await example();
    const ground = await layGround(file);
    expect(ground).toMatchObject({
      file,
      pbx: { address: ADDRESS, port: pbx },
      proxy: { address: ADDRESS, port: proxy },
      notes: [],
    });
    await ground.remove();
    expect(existsSync(file)).toBe(true);
  });

  it('is a copy with another port where one is taken, which goes when it is removed', async () => {
    const { file, pbx, proxy } = await example();
    const socket = createSocket('udp4');
    socket.bind(proxy, ADDRESS);
    await once(socket, 'listening');
    const ground = await layGround(file);
    socket.close();
    expect(ground.pbx.port).toBe(pbx);
    expect(ground.proxy.port).not.toBe(proxy);
    expect(ground.notes).toEqual([
      `port ${proxy} is taken here, so the demo uses ${ground.proxy.port} instead`,
    ]);
    const copy = await readResourceFile(ground.file);
    if (!copy.ok) expect.fail(copy.mistakes.join('\n'));
    expect(copy.config.listeners.map(({ port }) => port)).toEqual([ground.proxy.port, ground.proxy.port]);
    expect(copy.config.upstream.endpoints[0]?.port).toBe(pbx);
    await ground.remove();
    expect(existsSync(dirname(ground.file))).toBe(false);
  });

  it('cannot be had of an example that is wrong', async () => {
    const file = join(directory, 'wrong.yaml');
    writeFileSync(file, 'kind: Other\n');
    await expect(layGround(file)).rejects.toThrow("the demo's resource is wrong");
  });
});
