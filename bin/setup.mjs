// Makes `npm start`, `npm test` and the rest work on a fresh clone: installs what package-lock.json lists if it is not there.
// Plain JavaScript without packages, since it runs before anything is installed, on whatever Node (20 or newer) the machine has.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const OLDEST_NODE = 20;

/** The `packages` of a lock file, by path; undefined if there is no such file or it is broken. */
const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
};

/** Whether what npm notes as installed (written last, so not after an interrupted install) is what the lock file asks for. */
const isInstalled = (wanted, installed) => {
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true; // the project itself
    const found = installed[path];
    // An optional package that is made for another platform is rightly absent.
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
};

/** Runs `npm ci` with the npm that runs us, else the one on PATH; its output is shown only if it failed. */
const install = () => {
  const npm = process.env.npm_execpath;
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const options = { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20 };
  const done = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...flags], options)
    : spawnSync('npm', flags, options);
  if (done.error) return `npm cannot be started: ${done.error.message}`;
  if (done.status === 0) return undefined;
  process.stderr.write(`${done.stdout}${done.stderr}`);
  return `\`npm ci\` failed (${done.signal ?? `exit code ${done.status}`}); its words are above`;
};

const fail = (sentence) => {
  process.stderr.write(`set-up: ${sentence}\n`);
  process.exit(1);
};

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE)
  fail(`Node ${process.versions.node} is too old to begin with; install Node ${OLDEST_NODE} or newer`);

const wanted = packagesOf('package-lock.json');
if (wanted === undefined)
  fail('package-lock.json is missing or broken; restore it with `git checkout package-lock.json`');
if (!isInstalled(wanted, packagesOf('node_modules/.package-lock.json'))) {
  const start = Date.now();
  process.stderr.write('set-up: installing packages (npm ci), once …\n');
  const fault = install();
  if (fault !== undefined) fail(fault);
  process.stderr.write(`set-up: packages installed in ${Math.round((Date.now() - start) / 1000)} s\n`);
}
