import { cpSync, mkdirSync, readdirSync } from 'node:fs';
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

/** Looks for its native part in `node_modules`, so it stays a package there; only this platform's is installed. */
const NATIVE = 'koffi';
const NATIVE_PARTS = '@koromix';

/** What of it is read when it is loaded, and its licence: not its sources, nor what is for another C library. */
const isNeeded = (path: string): boolean =>
  !/\/(vendor|lib|doc|abi|musl_\w+)$/.test(path) && /\/[^.]*$|\.(js|json|node)$|\/LICENSE[^/]*$/.test(path);

/** Copies the native package into `node_modules` of a directory. Returns the folders that it consists of. */
function copyNative(directory: string): readonly string[] {
  const parts = readdirSync(join(ROOT, 'node_modules', NATIVE_PARTS));
  const folders = [NATIVE, ...parts.map((part) => `${NATIVE_PARTS}/${part}`)].map(
    (name) => `node_modules/${name}`,
  );
  for (const folder of folders)
    cpSync(join(ROOT, folder), join(directory, folder), { recursive: true, filter: isNeeded });
  return folders;
}

/**
 * Writes the command as `midreg.js` with all its packages into `dist` of a directory, and the one that has a native part beside it.
 * Returns the packages' folders, from the project's root.
 */
export async function bundle(directory: string): Promise<readonly string[]> {
  const outdir = join(directory, 'dist');
  mkdirSync(outdir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [{ in: 'cli/main.ts', out: 'midreg' }],
    outdir,
    external: [NATIVE],
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
  return [...new Set([...folders, ...copyNative(directory)])].sort();
}
