import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { asteriskFiles } from '../../support/asterisk-config.ts';
import { asteriskRoot, findCommand } from '../../support/peers/availability.ts';
import { runCommand } from '../../support/peers/command.ts';
import { type LocalImage, tarOf } from './images.ts';

const LDD_MS = 30_000;
const COPY_MS = 60_000;
/** What programs look names and numbers up in. */
const NAMES = ['/etc/passwd', '/etc/group', '/etc/protocols'];

/** What an image takes out of a file system: programs, modules and folders, and all libraries that these load. */
interface Selection {
  /** The file system's root: this machine's or a chroot's. */
  readonly root: string;
  readonly programs: readonly string[];
  /** Taken whole; the libraries in them are looked into as well. */
  readonly folders: readonly string[];
}

const librariesIn = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.so(\.|$)/.test(file))
    .map((file) => join(folder, file));

/** Everything that these files load, by path in `root`. A module for which a library is missing is left to fail by itself. */
const loadedBy = async (root: string, files: readonly string[]): Promise<string[]> => {
  const told = await runCommand(findCommand('chroot') ?? 'chroot', [root, 'ldd', ...files], LDD_MS);
  return [...new Set([...told.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path))];
};

/** Takes paths out of one root into another, links as what they lead to. */
const COPY = `set -o pipefail
root=$1 image=$2
shift 2
chroot "$root" tar -chf - -C / "$@" | tar -xf - --keep-directory-symlink -C "$image"`;

/** Copies a selection to the same paths under `image`, with /usr merged as in its origin. */
async function fill({ root, programs, folders }: Selection, image: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(image, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(image, name));
  }
  for (const name of ['tmp', 'run', 'etc']) mkdirSync(join(image, name));
  const libraries = await loadedBy(root, [
    ...programs,
    ...folders.flatMap((folder) => librariesIn(root, folder)),
  ]);
  const names = NAMES.filter((path) => existsSync(join(root, path)));
  const paths = [...programs, ...folders, ...libraries, ...names].map((path) => path.slice(1));
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  await runCommand('bash', ['-c', COPY, 'bash', root, image, ...paths], COPY_MS, { PATH: path });
}

const architecture = (root: string): string => {
  const found = readdirSync(join(root, 'usr/lib')).find((name) => name.endsWith('-linux-gnu'));
  if (found === undefined) throw new Error(`${root} is no Debian`);
  return `/usr/lib/${found}`;
};

const imageOf = (name: string, entrypoint: string, selection: () => Selection): LocalImage => ({
  file: `${name}.tar`,
  name: `registry.local/${name}:1`,
  config: { Entrypoint: [entrypoint], Env: ['PATH=/usr/sbin:/usr/bin'] },
  fill: (image) => fill(selection(), image),
});

/** Its TLS among the modules. */
const kamailio = imageOf('kamailio', '/usr/sbin/kamailio', () => ({
  root: '/',
  programs: ['/usr/sbin/kamailio', '/usr/sbin/kamcmd'],
  folders: [`${architecture('/')}/kamailio`],
}));

/** Where Asterisk's image has its modules. */
export const asteriskModules = (): string => `${architecture(asteriskRoot())}/asterisk/modules`;

/** The modules that its configuration loads; all that there are would bring twice as much. */
const configuredModules = (): string[] => {
  const { 'modules.conf': text = '' } = asteriskFiles('/', '/', '', 0, {});
  return [...text.matchAll(/^load=(\S+)$/gm)].map(([, file = '']) => join(asteriskModules(), file));
};

/** Its configuration must name its own address, which a pod learns late: so it has what writes that in. */
const asterisk = imageOf('asterisk', '/usr/sbin/asterisk', () => ({
  root: asteriskRoot(),
  programs: [
    ...['/usr/sbin/asterisk', '/usr/bin/sh', '/usr/bin/sed', '/usr/bin/mkdir'],
    ...configuredModules(),
  ],
  folders: ['/usr/share/asterisk'],
}));

/** The images of real PBXs, made of what this machine has of them (`test/support/peers`), by name and path of the tar. */
export const pbxImage = async (pbx: 'kamailio' | 'asterisk'): Promise<{ name: string; tar: string }> => {
  const image = { kamailio, asterisk }[pbx];
  return { name: image.name, tar: await tarOf(image) };
};
