import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { midreg as command } from '../cli/command.ts';
import { testStage } from '../support/peers/stage.ts';
import type { Front } from './front.ts';
import type { FloodOrder } from './script/flood.ts';
import type { ScriptedPbx } from './script/pbx.ts';
import { ScriptedPhone } from './script/phone.ts';
import { uriOf } from './script/sip.ts';
import { udpWire } from './script/wire.ts';
import { startScriptedFront } from './scripted-front.ts';

const OFFICE = '127.0.0.9';
const stage = testStage();
let front: Front;
let pbx: ScriptedPbx;

/** A phone in the office: at another address than the PBX's, which may send what it likes. */
const phoneOf = async (user: string, address = OFFICE): Promise<ScriptedPhone> =>
  new ScriptedPhone(user, await udpWire(stage, address), front);

const start = async (security: object): Promise<void> => {
  ({ front, pbx } = await startScriptedFront(stage, { spec: { security }, logLevel: 'info' }));
};

interface Ban {
  readonly source: string;
  readonly dropped: number;
}
const bans = async (): Promise<readonly Ban[]> =>
  ((await (await fetch(`http://${front.midreg.admin}/v1/bans`)).json()) as { bans: Ban[] }).bans;

/** Sends so much that it is banned. */
async function flood(from: ScriptedPhone): Promise<void> {
  for (let i = 0; i < 400; i++) from.sendText('GET / HTTP/1.1\r\n\r\n');
  await front.midreg.waitForEvents('source_banned', 1);
}

const isServed = async (phone: ScriptedPhone): Promise<boolean> =>
  phone.response(phone.sendRegister(), true, 500).then(
    () => true,
    () => false,
  );

/** As a phone does it: repeated by timer E until there is an answer (RFC 3261 §17.1.2.2). */
async function isServedInTime(phone: ScriptedPhone): Promise<boolean> {
  const sent = phone.sendRegister();
  for (const wait of [500, 1000, 2000]) {
    const answer = await phone.response(sent, true, wait).catch(() => undefined);
    if (answer !== undefined) return answer.status === 200;
    phone.sendText(sent.text);
  }
  return false;
}

describe('a source that sends more than it may', { timeout: 60_000 }, () => {
  beforeEach(() => start({ rateLimit: { perSourcePerSecond: 50, burstPerSource: 100, bannedSeconds: 3 } }));

  it('is banned for a time, but the phone that is registered from there is served on', async () => {
    const home = await (await phoneOf('u1')).registered();
    const [attacker, other] = [await phoneOf('u2'), await phoneOf('u3')];
    await flood(attacker);
    expect(await bans()).toMatchObject([{ source: OFFICE }]);
    expect(await isServed(home)).toBe(true);
    expect(await isServed(other)).toBe(false);
    expect(await isServed(await phoneOf('u4', '127.0.0.10'))).toBe(true);
    expect(await front.midreg.metric('midreg_bans')).toBe(1);
    expect(await front.midreg.metric('midreg_drops_total', { reason: 'banned' })).toBeGreaterThan(0);
    expect(JSON.parse(await front.midreg.waitForLog('source banned'))).toMatchObject({
      level: 'warn',
      source: OFFICE,
    });
    await front.midreg.waitForEvents('source_expired', 1);
    expect(await bans()).toEqual([]);
    // It starts with nothing in hand, and earns fifty messages a second.
    await front.midreg.waitForLog('source expired');
    let served = false;
    for (let i = 0; i < 20 && !served; i++) served = await isServed(other);
    expect(served).toBe(true);
  });

  it('is released by hand', async () => {
    const attacker = await phoneOf('u2');
    await flood(attacker);
    const shown = await command(['bans', '--admin', front.midreg.admin]);
    expect(shown.out).toContain(`${OFFICE}   `);
    const released = await command(['bans', '--admin', front.midreg.admin, '--release', OFFICE]);
    expect(released).toMatchObject({ code: 0, out: `${OFFICE} is released\n` });
    expect(await isServed(attacker)).toBe(true);
    expect(await front.midreg.metric('midreg_events_total', { event: 'source_released' })).toBe(1);
  });

  it('is known after a restart if it was registered before', async () => {
    const home = await (await phoneOf('u1')).registered();
    await front.midreg.stop();
    await front.midreg.start();
    await flood(await phoneOf('u2'));
    expect(await isServed(home)).toBe(true);
  });

  it('is trusted as soon as the resource says so', async () => {
    const attacker = await phoneOf('u2');
    front.midreg.write({ ...front.spec, security: { trustedSources: [`${OFFICE}/32`] } });
    await front.midreg.waitForLog('resource applied');
    for (let i = 0; i < 1000; i++) attacker.sendText('GET / HTTP/1.1\r\n\r\n');
    expect(await isServed(attacker)).toBe(true);
    expect(await bans()).toEqual([]);
  });
});

describe('a flood from many addresses', { timeout: 60_000 }, () => {
  it('does not keep registered phones from being served', async () => {
    await start({});
    const phones = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => (await phoneOf(`u${i}`)).registered()),
    );
    // As a PBX does it, whom the flood would register with otherwise.
    pbx.respond('REGISTER', (received) =>
      uriOf(received.sip.header('To')).startsWith('sip:f') ? received.reply(403) : pbx.grant(received),
    );
    pbx.respond('INVITE', ({ reply }) => reply(404));
    pbx.respond('ACK', () => {});
    const order: FloodOrder = { port: front.port, sources: 200, perSecond: 10_000, milliseconds: 3000 };
    const worker = new Worker(new URL('./script/flood.ts', import.meta.url), { workerData: order });
    stage.onClose(() => void worker.terminate());
    const ended = once(worker, 'message') as Promise<[number]>;
    let isOver = false;
    let [asked, served] = [0, 0];
    void ended.then(() => {
      isOver = true;
    });
    const refresh = async (phone: ScriptedPhone): Promise<void> => {
      while (!isOver) {
        asked++;
        if (await isServedInTime(phone)) served++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await Promise.all(phones.map(refresh));
    const [sent] = await ended;
    expect(sent).toBeGreaterThan(5000);
    expect(asked).toBeGreaterThan(100);
    expect(served / asked).toBeGreaterThanOrEqual(0.99);
    expect(await front.midreg.metric('midreg_bugs_total')).toBe(0);
  });
});
