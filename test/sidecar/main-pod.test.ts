import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { directory, type Front, Pbx, Phone, startFront, writeResource } from './main-stage.ts';

const SOON_MS = 5000;
const TIMEOUT = { timeout: 30_000 };
const NONROOT = 65_532;

const AS_IN_A_POD = {
  command: [process.execPath, join(import.meta.dirname, 'pod-process.ts')],
  env: { HOME: undefined, XDG_STATE_HOME: undefined, USER: undefined },
};

/** Whether somebody else may read this checkout, as the image's files may be read. */
const isOpenToAll = (path: string): boolean =>
  (statSync(path).mode & 0o001) !== 0 && (dirname(path) === path || isOpenToAll(dirname(path)));

/** A volume as the kubelet makes it for a pod with an `fsGroup`. */
function volume(mode: number): string {
  const parent = mkdtempSync(join(tmpdir(), 'midreg-volume-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  chmodSync(parent, 0o755);
  const path = join(parent, 'data');
  mkdirSync(path);
  chownSync(path, 0, NONROOT);
  chmodSync(path, mode);
  return path;
}

const canBecome = process.getuid?.() === 0 && isOpenToAll(import.meta.dirname);

describe.skipIf(!canBecome)('in a pod, as a user without a home', TIMEOUT, () => {
  it.each([
    ['2777', 0o2777],
    ['2775', 0o2775],
  ])('it keeps its bindings in a volume of its group (mode %s)', async (_, mode) => {
    const pbx = await Pbx.open();
    const data = volume(mode);
    const first = await startFront(pbx, {}, data, AS_IN_A_POD);
    expect(await (await Phone.open(first)).register()).toBe(200);
    expect((await first.process.stop()).code).toBe(0);
    expect(readdirSync(data)).toContain('secret');
    const { uid, mode: kept } = statSync(join(data, 'secret'));
    expect([uid, kept & 0o777]).toEqual([NONROOT, 0o600]);
    const second = await startFront(pbx, {}, data, AS_IN_A_POD);
    expect(await second.get('/v1/bindings')).toMatchObject({ count: 1 });
  });
});

describe('the token key', TIMEOUT, () => {
  const keyFile = (text: string): string => {
    const file = join(directory(), 'token-key');
    writeFileSync(file, text);
    return file;
  };

  /** What the PBX is shown of a phone whose contact is always the same. */
  async function shown(front: Front, pbx: Pbx): Promise<string> {
    const phone = await Phone.open(front);
    expect(await phone.register(600, 'sip:u1@phone.test')).toBe(200);
    return pbx.shown;
  }

  const keyOf = async (front: Front): Promise<unknown> =>
    ((await front.get('/v1/status')) as { tokenKey: unknown }).tokenKey;

  it('of a file makes the PBX see the same contact, whatever became of the data directory', async () => {
    const pbx = await Pbx.open();
    const args = ['--token-key', keyFile(`${'k'.repeat(44)}\n`)];
    const [one, other] = [
      await startFront(pbx, {}, directory(), { args }),
      await startFront(pbx, {}, directory(), { args }),
    ];
    expect(await keyOf(one)).toEqual({ source: 'File' });
    const first = await shown(one, pbx);
    expect(first).not.toBe('');
    expect(await shown(other, pbx)).toBe(first);
  });

  it.each([
    ['Durable', 'Store'],
    ['Memory', 'Random'],
  ])('without a file is that of a %s store', async (type, source) => {
    const front = await startFront(await Pbx.open(), { store: { type } });
    expect(await keyOf(front)).toEqual({ source });
  });

  it('that comes late is taken at once for new contacts, and one of before stays and leads to its phone', async () => {
    const pbx = await Pbx.open();
    const file = join(directory(), 'token-key');
    const front = await startFront(pbx, {}, directory(), { args: ['--token-key', file] });
    expect(await keyOf(front)).toEqual({ source: 'Store', fault: 'it is missing' });
    const phone = await Phone.open(front);
    await phone.register();
    const before = pbx.shown;
    writeFileSync(`${file}.new`, 'k'.repeat(32));
    renameSync(`${file}.new`, file);
    await front.process.waitForLine('"msg":"token key taken"', SOON_MS);
    expect(await keyOf(front)).toEqual({ source: 'File' });
    pbx.request(before, 'INFO');
    expect((await phone.next()).method).toBe('INFO');
    await phone.register();
    expect(pbx.shown).toBe(before);
    const other = await startFront(pbx, {}, directory(), { args: ['--token-key', file] });
    expect(await shown(front, pbx)).toBe(await shown(other, pbx));
  });
});

describe('the level of the log', TIMEOUT, () => {
  it('is the resource’s, and changes with it', async () => {
    const front = await startFront(await Pbx.open());
    const phone = await Phone.open(front);
    await phone.register();
    expect(front.process.stdout).not.toContain('"level":"debug"');
    writeResource(front.file, { ...front.spec, logLevel: 'Debug' });
    await front.process.waitForLine('"msg":"resource applied"', SOON_MS);
    await phone.register();
    await front.process.waitForLine('"msg":"request to register"', SOON_MS);
  });

  it('is that of the command line where one is given there', async () => {
    const args = ['--log-level', 'info'];
    const front = await startFront(await Pbx.open(), { logLevel: 'Error' }, directory(), { args });
    expect(front.process.stdout).toContain('"msg":"ready"');
  });
});
