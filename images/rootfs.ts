import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { billOfMaterials, thirdPartyNotice } from './notices.ts';
import { composeRuntime } from './runtime.ts';

const ROOT = join(import.meta.dirname, '..');
const CARRIED = ['LICENSE', 'crds/midregistrar.yaml', 'examples'];

/**
 * Composes the image's files in `directory`, as two trees that are laid over each other: `runtime` (Node and what it
 * needs, which seldom changes) and `program` (/app). The Dockerfile copies them; so does `npm run image`.
 */
export async function composeRootfs(directory: string): Promise<void> {
  const app = join(directory, 'program/app');
  const libraries = composeRuntime(join(directory, 'runtime'));
  const packages = await bundle(app);
  chmodSync(join(app, 'dist/midreg.js'), 0o755);
  for (const file of CARRIED) {
    cpSync(join(ROOT, file), join(app, file), { recursive: true });
  }
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  // Its version is what `midreg --version` says, its type what makes Node take midreg.js for a module.
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name, version, license, type: 'module' }));
  writeFileSync(join(app, 'THIRD-PARTY-LICENSES'), thirdPartyNotice(packages, libraries));
  writeFileSync(join(app, 'sbom.cdx.json'), billOfMaterials(libraries));
}
