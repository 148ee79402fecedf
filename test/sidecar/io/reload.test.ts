import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { SidecarConfig } from '../../../sidecar/config.ts';
import { connectionLimits, Listeners } from '../../../sidecar/io/listeners.ts';
import { type Apply, Reload } from '../../../sidecar/io/reload.ts';
import { AllowedSources } from '../../../sidecar/io/sources.ts';
import { watchFile } from '../../../sidecar/io/watch.ts';
import { freePort } from '../../support/ports.ts';
import { accepted, resourceText } from '../config/resource-text.ts';
import { temporaryDir } from './bindings.ts';
import { Inputs, type Observed, observed, PLAIN, udpPeer } from './support.ts';

interface Stage {
  readonly reload: Reload;
  readonly around: Observed;
  readonly file: string;
  readonly write: (text: string) => void;
}

const FIRST = resourceText();

function start(apply: Apply, text = FIRST, tryAgainMs = 60_000): Stage {
  const dir = temporaryDir();
  onTestFinished(dir.remove);
  const file = join(dir.path, 'office.yaml');
  writeFileSync(file, text);
  const around = observed();
  const reload = new Reload(file, text, around, apply, tryAgainMs);
  onTestFinished(() => reload.close());
  return { reload, around, file, write: (changed) => writeFileSync(file, changed) };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const withMaxBytes = (bytes: number): string => resourceText({ messaging: `{maxBytes: ${bytes}}` });

it('puts a valid change in force and tells which text that is', async () => {
  const configs: SidecarConfig[] = [];
  const { reload, around, file, write } = start(async (config) => {
    configs.push(config);
    return [];
  });
  expect(reload.applied).toMatchObject({ file, sha256: sha256(FIRST), refused: undefined });
  write(withMaxBytes(100));
  await around.counted('reloads');
  expect(configs).toEqual([accepted(withMaxBytes(100))]);
  expect(reload.applied).toMatchObject({ file, sha256: sha256(withMaxBytes(100)), refused: undefined });
  expect(around.notes).toEqual([{ level: 'info', event: 'resource applied', reason: file, isOurs: true }]);
});

it('refuses an invalid change with its reasons, and takes the next valid one', async () => {
  const configs: SidecarConfig[] = [];
  const { reload, around, file, write } = start(async (config) => {
    configs.push(config);
    return [];
  });
  write(resourceText({ messaging: '{maxBytes: -1, senders: Nobody}' }));
  await around.counted('reloads_refused');
  expect(configs).toEqual([]);
  const [first = '', second = '', last, ...more] = around.notes[0]?.reason?.split('; ') ?? [];
  expect(first).toMatch(`${file}:7:25 spec.messaging.maxBytes: found -1`);
  expect(second).toMatch(`${file}:7:38 spec.messaging.senders: found "Nobody"`);
  expect([last, ...more]).toEqual(['the former resource stays in force']);
  expect(reload.applied).toMatchObject({ sha256: sha256(FIRST), refused: first });
  write(withMaxBytes(100));
  await around.counted('reloads');
  expect(reload.applied).toMatchObject({ sha256: sha256(withMaxBytes(100)), refused: undefined });
});

it('tells the first five of many mistakes, and how many there are more', async () => {
  const { around, write } = start(async () => []);
  write(`${FIRST}${Array.from({ length: 12 }, (_, i) => `  x${i}: 1\n`).join('')}`);
  await around.counted('reloads_refused');
  const reason = around.notes[0]?.reason ?? '';
  expect(reason.match(/spec\.x\d+: found/g)).toHaveLength(5);
  expect(reason).toMatch(/; 7 more; the former resource stays in force$/);
});

it('refuses a change whose listener can not be opened, and says which and why', async () => {
  const inputs = new Inputs();
  const around = observed();
  const port = await freePort('udp');
  const on = (at: number): string =>
    resourceText({ listeners: `[{name: udp, address: 127.0.0.1, port: ${at}}]` });
  const { listeners: configs, security } = accepted(on(port));
  const listeners = new Listeners(
    around,
    new AllowedSources([]),
    connectionLimits(security),
    inputs.give,
    PLAIN,
  );
  onTestFinished(() => listeners.close());
  expect(await listeners.update(configs)).toEqual([]);
  const stage = start(
    async (config) => (await listeners.update(config.listeners)).map(({ message }) => message),
    on(port),
  );
  const taken = (await udpPeer()).port;
  stage.write(on(taken));
  await stage.around.counted('reloads_refused');
  expect(stage.reload.applied).toMatchObject({
    sha256: sha256(on(port)),
    refused: expect.stringMatching(`^listener udp: cannot listen on UDP 127.0.0.1:${taken} \\(EADDRINUSE\\)`),
  });
  expect(stage.around.notes[0]?.reason).toMatch(/; the former resource stays in force$/);
  expect(listeners.bound).toMatchObject([{ name: 'udp', port }]);
});

it('tries a valid change again while something outside of it stands in its way, and tells each reason once', async () => {
  const answers = [['the port is in use'], ['the port is in use'], ['the Secret is missing'], []];
  const { reload, around, file, write } = start(async () => answers.shift() ?? [], FIRST, 1);
  write(withMaxBytes(100));
  await around.counted('reloads');
  expect(answers).toEqual([]);
  expect(around.notes.map(({ reason }) => reason)).toEqual([
    'the port is in use; the former resource stays in force',
    'the Secret is missing; the former resource stays in force',
    file,
  ]);
  expect(reload.applied).toMatchObject({ sha256: sha256(withMaxBytes(100)), refused: undefined });
});

it('lets go of a change that a later one has taken the place of', async () => {
  const tried: number[] = [];
  const { around, write } = start(
    async ({ messaging: { maxBytes } }) => {
      tried.push(maxBytes);
      return maxBytes === 100 ? ['no'] : [];
    },
    FIRST,
    1,
  );
  write(withMaxBytes(100));
  await around.counted('reloads_refused');
  write(withMaxBytes(200));
  await around.counted('reloads');
  const before = tried.length;
  write(withMaxBytes(300));
  await around.counted('reloads', 2);
  expect(tried.slice(before)).toEqual([300]);
});

it('applies one change after the other, and is closed when the last is done', async () => {
  const steps: string[] = [];
  const gate = Promise.withResolvers<void>();
  const { reload, around, file, write } = start(async ({ messaging: { maxBytes } }) => {
    steps.push(`from ${maxBytes}`);
    around.tally.event('begun');
    await gate.promise;
    steps.push(`to ${maxBytes}`);
    return [];
  });
  write(withMaxBytes(100));
  await around.counted('begun');
  const seen = new Promise<void>((resolve) => {
    const watch = watchFile(file, withMaxBytes(100), () => resolve(), around.note);
    onTestFinished(() => watch.close());
  });
  write(withMaxBytes(200));
  await seen;
  expect(steps).toEqual(['from 100']);
  gate.resolve();
  await around.counted('reloads', 2);
  expect(steps).toEqual(['from 100', 'to 100', 'from 200', 'to 200']);
  await reload.close();
  expect(reload.applied.sha256).toBe(sha256(withMaxBytes(200)));
});

it('does not end amid a change', async () => {
  const gate = Promise.withResolvers<void>();
  const { reload, around, write } = start(async () => {
    around.tally.event('begun');
    await gate.promise;
    return [];
  });
  write(withMaxBytes(100));
  await around.counted('begun');
  const closed = reload.close();
  gate.resolve();
  await closed;
  expect(around.counts.get('reloads')).toBe(1);
});
