import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Stage } from '../peers/stage.ts';
import type { Issued } from '../pki.ts';

const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A phone</title><link rel="icon" href="data:,">
<script src="/phone.js"></script>
</html>
`;

const script = async (): Promise<Uint8Array> => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
};

/** The page with the phone, under every name that leads here; returns the port. */
export async function servePage(stage: Stage, { certificate, key }: Issued): Promise<number> {
  const phone = await script();
  const server = createServer({ cert: certificate, key }, ({ url }, response) => {
    const isScript = url === '/phone.js';
    const type = isScript ? 'text/javascript' : 'text/html';
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(isScript ? phone : PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stage.onClose(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
