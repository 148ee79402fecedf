import { describe, expect, it } from 'vitest';
import type { DemoPbx } from '../../demo/pbx.ts';
import { type BindingsJson, runStory } from '../../demo/story.ts';
import { ADDRESS, startedPbx } from './fixture.ts';

/** The PBX's own bindings, as a proxy in front of it would mirror them. */
const mirrorOf = (pbx: DemoPbx): BindingsJson => ({
  bindings: ['alice', 'bob', 'carol'].map((user) => ({
    aor: `${user}@pbx.test`,
    contacts: pbx.bindings(user).map(({ contact, expiresInSeconds }) => ({ uri: contact, expiresInSeconds })),
  })),
});

const atPbx = (pbx: DemoPbx) => ({ address: ADDRESS, port: pbx.port });

describe('the story of the quick start', () => {
  it('holds without a proxy for all that the PBX does itself, and fails for the messages it cannot do', async () => {
    const pbx = await startedPbx();
    const lines: string[] = [];
    const { steps, ok } = await runStory({
      pbx,
      proxy: atPbx(pbx),
      bindings: async () => mirrorOf(pbx),
      say: (line) => lines.push(line),
    });
    expect(steps.map((step) => [step.ok, step.title.split(':')[0]])).toEqual([
      [true, 'A wrong password'],
      [true, 'A registration'],
      [false, 'A message to someone online'],
      [false, 'A message to someone offline'],
      [true, 'A call'],
      [true, 'A phone that the PBX drops'],
    ]);
    expect(ok).toBe(false);
    expect(lines.slice(0, 2)).toEqual([
      '✓ A wrong password: the PBX refuses it, and nothing is stored',
      '    the phone got 403 Wrong user or password; the store holds nothing for alice',
    ]);
    expect(lines[4]).toBe('✗ A message to someone online: delivered');
  });

  it('shows the table of bindings after the steps that change them, and goes on without one', async () => {
    const pbx = await startedPbx();
    const lines: string[] = [];
    const options = { pbx, proxy: atPbx(pbx), bindings: async () => mirrorOf(pbx) };
    const say = (line: string) => lines.push(line);
    await runStory({ ...options, say, table: async () => ['the table'] });
    expect(lines.filter((line) => line === '    the table')).toHaveLength(2);
    const { steps } = await runStory({ ...options, say, table: () => Promise.reject(new Error('gone')) });
    expect(steps).toHaveLength(6);
  });

  it('leaves no phone registered', async () => {
    const pbx = await startedPbx();
    await runStory({ pbx, proxy: atPbx(pbx), bindings: async () => mirrorOf(pbx), say: () => {} });
    expect(pbx.bindings()).toEqual([]);
  });

  it('fails the steps whose claim the store does not bear out', async () => {
    const pbx = await startedPbx();
    const bindings = async () => ({ bindings: [] });
    const { steps } = await runStory({ pbx, proxy: atPbx(pbx), bindings, say: () => {} });
    expect(steps.map(({ ok }) => ok)).toEqual([true, false, false, false, true, false]);
  });

  it('fails the first step when the store holds a phone that the PBX refused', async () => {
    const pbx = await startedPbx();
    const stale = { uri: `sip:alice@${ADDRESS}:9`, expiresInSeconds: 60 };
    const bindings = async () => ({ bindings: [{ aor: 'alice@pbx.test', contacts: [stale] }] });
    const { steps } = await runStory({ pbx, proxy: atPbx(pbx), bindings, say: () => {} });
    expect(steps[0]).toMatchObject({ ok: false, detail: `refused, and yet the store holds ${stale.uri}` });
  });

  it('tells why when the store cannot be read', async () => {
    const pbx = await startedPbx();
    const bindings = () => Promise.reject(new Error('admin endpoint: connection refused'));
    const { steps } = await runStory({ pbx, proxy: atPbx(pbx), bindings, say: () => {} });
    expect(steps[0]).toMatchObject({ ok: false, detail: 'admin endpoint: connection refused' });
  });

  it('ends in bounded time when nobody answers', async () => {
    const [pbx, silent] = [await startedPbx(), await startedPbx()];
    const proxy = atPbx(silent);
    await silent.close();
    const stepTimeoutMilliseconds = 50;
    const { steps, ok } = await runStory({
      pbx,
      proxy,
      bindings: async () => mirrorOf(pbx),
      say: () => {},
      stepTimeoutMilliseconds,
    });
    expect(ok).toBe(false);
    expect(steps.every(({ detail }) => detail !== '')).toBe(true);
    expect(steps[0]?.detail).toBe('not done after 0.05 s');
  });
});
