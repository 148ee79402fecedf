import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** CommonJS packages inside an ES module ask for built-ins by `require`. The first line lets the kernel run the file. */
const BANNER = `#!/usr/bin/node
import { createRequire as requireOfBundle } from 'node:module';
const require = requireOfBundle(import.meta.url);`;

/** The folder of the package that holds a file: `node_modules/@scope/name` or `node_modules/name`, innermost. */
const packageFolder = (input: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];

/** Writes the command as `midreg.js` with all its packages. Returns the folders of those, from the project's root. */
export async function bundle(directory: string): Promise<readonly string[]> {
  mkdirSync(directory, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [{ in: 'cli/main.ts', out: 'midreg' }],
    outdir: directory,
    bundle: true,
    // What is imported only when it is needed stays a file of its own, so that the proxy does not load the operator.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: { js: BANNER },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const folders = Object.keys(metafile.inputs).flatMap((input) => packageFolder(input) ?? []);
  return [...new Set(folders)].sort();
}
