import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { composeRootfs } from '../../images/rootfs.ts';
import { USER_ID } from '../../images/runtime.ts';
import { isRoot } from '../support/peers/availability.ts';

const MAKING_MS = 60_000;
/** What the image may hold beyond Node itself. */
const BUDGET_BYTES = 80e6;
const isLinux = process.platform === 'linux';

let directory: string;
let program: string;
let runtime: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'midreg-rootfs-'));
  if (!isLinux) return;
  await composeRootfs(directory);
  runtime = join(directory, 'runtime');
  program = join(directory, 'program');
}, MAKING_MS);

afterAll(() => rmSync(directory, { recursive: true }));

beforeEach((context) => {
  if (!isLinux) context.skip('an image holds the files of a Linux: run the tests on Linux');
});

const filesIn = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    lstatSync(join(root, path)).isFile(),
  );

const app = (file: string): string => readFileSync(join(program, 'app', file), 'utf8');

describe("the image's files", () => {
  it('stay within their budget', () => {
    const sizes = [runtime, program].flatMap((root) =>
      filesIn(root)
        .filter((path) => path !== 'usr/bin/node')
        .map((path) => lstatSync(join(root, path)).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUDGET_BYTES);
  });

  it('have no shell and no package manager among them', () => {
    expect(readdirSync(join(runtime, 'usr/bin')).sort()).toEqual(['midreg', 'node']);
    expect(['bin', 'sbin', 'usr/sbin'].filter((path) => existsSync(join(runtime, path)))).toEqual([]);
  });

  it('tell the licence of every package that is bundled', () => {
    const notice = app('THIRD-PARTY-LICENSES');
    const { dependencies } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
    );
    const bundled = ['ajv', 'commander', 'dns-packet', 'koffi', 'pino', 'prom-client', 'sip', 'ws', 'yaml'];
    for (const name of bundled) expect(notice).toContain(`\n${name} ${dependencies[name]} (`);
    expect(notice).toContain('Permission is hereby granted, free of charge');
  });

  it('list their parts in a bill of materials, without the time it was made', () => {
    const bill = JSON.parse(app('sbom.cdx.json'));
    const names = bill.components.map(({ name }: { name: string }) => name);
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'midregistrar' } },
    });
    expect(names).toEqual(expect.arrayContaining(['ws', 'pino', 'node']));
    expect(names).not.toContain('vitest');
    expect(JSON.stringify(bill)).not.toMatch(/"timestamp"|serialNumber/);
  });

  it('carry the definition of the resource', () => {
    expect(app('crds/midregistrar.yaml')).toContain('kind: CustomResourceDefinition');
  });
});

/** Runs the command as a container with a read-only root would, but for the network. $1: scratch, $2 and $3: the layers. */
const CONTAINER = `
set -e
scratch=$1 layers=$2:$3 user=$4
shift 4
mount -t tmpfs tmpfs "$scratch"
cd "$scratch"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=$layers,upperdir=upper,workdir=work" root
mkdir root/dev root/proc
mount --bind /dev root/dev
mount -t proc proc root/proc
mount -o remount,ro root
mount -t tmpfs -o mode=1777 tmpfs root/tmp
exec chroot --userspec="$user:$user" root /usr/bin/midreg "$@"
`;

describe("the image's program, with a read-only root", { timeout: 30_000 }, () => {
  beforeEach((context) => {
    if (!isRoot()) context.skip('chroot is for root alone: run the tests as root');
  });

  const run = (...args: string[]): string => {
    const scratch = join(directory, 'scratch');
    mkdirSync(scratch, { recursive: true });
    const first = [scratch, program, runtime, String(USER_ID)];
    return execFileSync('unshare', ['--mount', 'sh', '-c', CONTAINER, 'sh', ...first, ...args], {
      encoding: 'utf8',
      env: { XDG_STATE_HOME: '/tmp', PATH: process.env.PATH },
    });
  };

  it('starts and tells its version', () => {
    expect(run('--version').trim()).toBe(JSON.parse(app('package.json')).version);
  });

  it('relays, and keeps bindings in a store, for a PBX and phones of its own', () => {
    expect(run('demo', '--once')).toContain('All 6 steps held.');
  });
});
