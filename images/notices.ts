import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const LICENCE = /^(licen[cs]e|copying|notice)(\.|-|$)/i;

/** What a Debian package says of itself, as far as the image holds files of it. */
interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly copyright: string;
}

const dpkg = (...args: string[]): string => {
  try {
    return execFileSync('dpkg-query', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return ''; // not a Debian, or not a file of a package
  }
};

/** The packages that own these files of this machine, each once. */
function debianPackages(paths: readonly string[]): DebianPackage[] {
  // A merged /usr: the package may list the file under either name.
  const owners = paths.flatMap((path) => {
    const found = dpkg('-S', path) || dpkg('-S', path.startsWith('/usr/') ? path.slice(4) : `/usr${path}`);
    return /^([^:\s]+)/.exec(found)?.[1] ?? [];
  });
  return [...new Set(owners)].sort().map((name) => {
    const file = `/usr/share/doc/${name}/copyright`;
    return {
      name,
      version: /^Version: (.*)$/m.exec(dpkg('-s', name))?.[1] ?? '',
      copyright: existsSync(file) ? readFileSync(file, 'utf8') : '',
    };
  });
}

const section = (title: string, text: string): string => `${'='.repeat(78)}\n${title}\n\n${text.trim()}\n\n`;

const npmSection = (folder: string): string => {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const texts = readdirSync(join(ROOT, folder))
    .filter((file) => LICENCE.test(file))
    .map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));
  return section(`${name} ${version} (${license ?? 'see below'})`, texts.join('\n\n'));
};

/** The licence of each npm package of `folders`, and of the Debian packages that own the `libraries`. */
export const thirdPartyNotice = (folders: readonly string[], libraries: readonly string[]): string =>
  [
    `This image holds, besides MidRegistrar (Apache-2.0, /app/LICENSE), Node.js ${process.versions.node}\n(MIT; https://github.com/nodejs/node/blob/v${process.versions.node}/LICENSE) and what follows.\n\n`,
    ...folders.map(npmSection),
    ...debianPackages(libraries).map(({ name, version, copyright }) =>
      section(`${name} ${version} (Debian)`, copyright),
    ),
  ].join('');

/** Runs the npm that runs us, else the one on PATH. */
const npm = (...args: string[]): string => {
  const script = process.env.npm_execpath;
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20 } as const;
  return script?.endsWith('.js')
    ? execFileSync(process.execPath, [script, ...args], options)
    : execFileSync('npm', args, options);
};

interface Component {
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** Whether a package lies in node_modules though nobody asks for it, as what the package `node` fetches for itself. */
const isExtraneous = ({ properties }: Component): boolean =>
  properties?.some(({ name }) => name === 'cdx:npm:package:extraneous') ?? false;

/**
 * A bill of materials (CycloneDX, JSON) of the npm packages that the program needs, of Node and of the Debian packages
 * that own the `libraries`. Without the time and number of the making, so that the same parts give the same text.
 */
export function billOfMaterials(libraries: readonly string[]): string {
  const { serialNumber: _, ...bill } = JSON.parse(npm('sbom', '--omit=dev', '--sbom-format=cyclonedx'));
  const { timestamp: __, component, ...metadata } = bill.metadata;
  // npm calls it after the folder that it lies in.
  const root = { ...component, name: 'midregistrar' };
  const needed = bill.components.filter((each: Component) => !isExtraneous(each));
  const refs = new Set([component, ...needed].map((each) => each['bom-ref']));
  const dependencies = bill.dependencies.filter(({ ref }: { ref: string }) => refs.has(ref));
  const node = process.versions.node;
  const components = [
    ...needed,
    {
      type: 'application',
      'bom-ref': `node@${node}`,
      name: 'node',
      version: node,
      purl: `pkg:generic/node@${node}`,
      licenses: [{ license: { id: 'MIT' } }],
    },
    ...debianPackages(libraries).map(({ name, version }) => ({
      type: 'library',
      'bom-ref': `${name}@${version}`,
      name,
      version,
      purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}`,
    })),
  ];
  return `${JSON.stringify({ ...bill, metadata: { ...metadata, component: root }, components, dependencies }, null, 2)}\n`;
}
