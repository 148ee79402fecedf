import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const NATIVE = 'lmdb.node';

/** CommonJS packages inside an ES module ask for built-ins by `require`. The first line lets the kernel run the file. */
const BANNER = `#!/usr/bin/node
import { createRequire as requireOfBundle } from 'node:module';
const require = requireOfBundle(import.meta.url);`;

/** lmdb looks for its native part in node_modules; in the bundle that lies beside the file. */
const nativeBeside: Plugin = {
  name: 'native-beside',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node-gyp-build-optional-packages$/ }, ({ path }) => ({
      path,
      namespace: 'native',
    }));
    onLoad({ filter: /.*/, namespace: 'native' }, () => ({
      contents: `import { createRequire } from 'node:module';\nexport default () => createRequire(import.meta.url)('./${NATIVE}');\n`,
    }));
  },
};

/** The file that lmdb itself would load here: the one for this platform, processor and Node. */
const nativeFile = (): string => {
  const require = createRequire(join(ROOT, 'node_modules/lmdb/package.json'));
  const { path } = require('node-gyp-build-optional-packages') as { path(directory: string): string };
  return path(join(ROOT, 'node_modules/lmdb'));
};

/** The folder of the package that holds a file: `node_modules/@scope/name` or `node_modules/name`, innermost. */
const packageFolder = (input: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];

/**
 * Writes the command as `midreg.js` with all its packages, and `lmdb.node` beside it. Returns the folders of the packages
 * that are in it, from the project's root.
 */
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
    // Speeds up a format that we do not use; msgpackr does without it.
    external: ['msgpackr-extract'],
    plugins: [nativeBeside],
    metafile: true,
    logLevel: 'warning',
  });
  const native = nativeFile();
  copyFileSync(native, join(directory, NATIVE));
  const nativePackage = dirname(native).slice(ROOT.length + 1);
  const folders = Object.keys(metafile.inputs).flatMap((input) => packageFolder(input) ?? []);
  return [...new Set([...folders, nativePackage])].sort();
}
