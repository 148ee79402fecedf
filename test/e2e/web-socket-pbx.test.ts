import { describe, expect, it } from 'vitest';
import { type Asterisk, startAsterisk } from '../support/asterisk.ts';
import { type Baresip, startBaresip } from '../support/baresip.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { type Front, startFront } from './front.ts';

const file = fileStage();
const test = testStage();
let asterisk: Asterisk;

withPeers(['asterisk', 'baresip'], async () => {
  asterisk = await startAsterisk(file, { webSocket: true });
});

const startOffice = (): Promise<Front> => {
  const { address: host, webSocketPort: port } = asterisk;
  return startFront(test, asterisk, {
    spec: {
      upstream: {
        endpoints: [{ name: 'pbx', host, port, transport: 'WS' }],
        webSocket: { path: '/ws' },
        probe: {},
      },
    },
  });
};

const registered = async (user: string, front: Front): Promise<Baresip> => {
  const phone = await startBaresip(test, { user, proxy: front });
  await phone.registered();
  return phone;
};

describe('a PBX that speaks WebSocket', () => {
  it('registers phones, answers probes and connects calls, all over the one that the proxy has opened', async () => {
    const front = await startOffice();
    await front.midreg.waitForLog('"upstream up"');
    const [one, other] = [await registered('u1', front), await registered('u2', front)];
    await one.message('u2', 'hear me');
    expect((await other.received()).text).toBe('hear me');
    for (const [caller, callee] of [
      [one, other],
      [other, one],
    ] as const) {
      await caller.call(callee.user);
      await callee.event('CALL_ESTABLISHED');
      await callee.hangUp();
      await caller.event('CALL_CLOSED');
    }
    expect(await front.midreg.metric('midreg_connections', { transport: 'WS' })).toBe(1);
    expect(asterisk.received('MESSAGE')).toEqual([]);
  });
});
