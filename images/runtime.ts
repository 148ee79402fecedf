import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';

/** The image's user; it has no name to log in with and no home. */
export const USER_ID = 65532;

/** Loaded by the C library when it looks up names; an older one than 2.34 has no copy of its own inside. */
const NAME_SERVICES = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];

/** What the C library reads. */
const FILES: Readonly<Record<string, string>> = {
  'etc/passwd': `root:x:0:0::/:/sbin/nologin\nmidreg:x:${USER_ID}:${USER_ID}::/:/sbin/nologin\n`,
  'etc/group': `root:x:0:\nmidreg:x:${USER_ID}:\n`,
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/** The shared libraries that a program loads, and the loader itself, by full path. */
export const librariesOf = (program: string): string[] =>
  [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(
    ([, path = '']) => path,
  );

/** Copies a file of this machine to the same path under `root`, a link as what it leads to. */
export function copyInto(root: string, path: string): void {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(realpathSync(path), target);
}

/** Takes the symbols off a binary, where binutils are there to do it. */
function stripSymbols(file: string): void {
  try {
    execFileSync('strip', [file], { stdio: 'ignore' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * Composes what the program runs on, in `root`: this very Node, the libraries it loads, and the files that the C library
 * reads. Returns the libraries' paths.
 */
export function composeRuntime(root: string): readonly string[] {
  const node = join(root, 'usr/bin/node');
  mkdirSync(dirname(node), { recursive: true });
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  stripSymbols(node);
  const libraries = librariesOf(process.execPath);
  const beside = dirname(libraries.find((path) => path.includes('/libc.so')) ?? '/lib');
  const services = NAME_SERVICES.map((name) => join(beside, name)).filter(existsSync);
  const all = [...new Set([...libraries, ...services])];
  for (const path of all) copyInto(root, path);
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  // Node trusts the same ones without any file; this is for who points it, or looks, at the usual place.
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), `${rootCertificates.join('\n')}\n`);
  symlinkSync('../../app/dist/midreg.js', join(root, 'usr/bin/midreg'));
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
  return all;
}
