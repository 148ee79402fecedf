import { describe, expect, it, vi } from 'vitest';
import { testStage } from '../support/peers/stage.ts';
import { freePort } from '../support/ports.ts';
import { type Front, startFront } from './front.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { tcpServerWire, udpWire } from './script/wire.ts';

const test = testStage();
const SOON = { timeout: 15_000, interval: 50 };
const OFTEN = { intervalSeconds: 5, timeoutSeconds: 1, failureThreshold: 1 };

/** How often something was told in the log. */
const told = ({ midreg }: Front, event: string): number =>
  midreg.logLines.filter(({ msg }) => msg === event).length;

const up = ({ midreg }: Front): Promise<number> => midreg.metric('midreg_upstream_up', { upstream: 'pbx' });

describe('a probe', { timeout: 40_000 }, () => {
  it('goes to the PBX at once, from the port where the proxy listens, and any answer will do', async () => {
    const pbx = new ScriptedPbx(await udpWire(test));
    const front = await startFront(test, pbx.wire, { probe: {} });
    const { sip, from, reply } = await pbx.request('OPTIONS');
    expect(from).toMatchObject({ address: front.address, port: front.port });
    expect(sip.startLine).toBe(`OPTIONS sip:${pbx.hostPort} SIP/2.0`);
    expect(await up(front)).toBe(0);
    expect(told(front, 'upstream down')).toBe(0);
    reply(404);
    reply(404);
    await front.midreg.waitForLog('"upstream up"');
    expect(await up(front)).toBe(1);
    // Neither of the two was for anybody else, nor a stray.
    expect(await front.midreg.metric('midreg_drops_total', { reason: 'stray_response' })).toBe(0);
    expect(await front.midreg.metric('midreg_responses_sent_total')).toBe(0);
  });

  it('is sent again while it is not answered, as one request (§17.1.2.2)', async () => {
    const pbx = new ScriptedPbx(await udpWire(test));
    await startFront(test, pbx.wire, { probe: {} });
    const [first, second] = [await pbx.request('OPTIONS'), await pbx.request('OPTIONS')];
    expect(second.sip.text).toBe(first.sip.text);
  });

  it('tells when the PBX is silent, and when it is back', async () => {
    const pbx = new ScriptedPbx(await udpWire(test));
    pbx.respond('OPTIONS', ({ reply }) => reply(200));
    const front = await startFront(test, pbx.wire, { probe: OFTEN });
    await front.midreg.waitForLog('"upstream up"');
    pbx.hold('OPTIONS');
    const line = JSON.parse(await front.midreg.waitForLog('"upstream down"'));
    expect(line).toMatchObject({
      level: 'error',
      upstream: 'pbx',
      reason: expect.stringContaining('no answer'),
    });
    expect(await up(front)).toBe(0);
    pbx.respond('OPTIONS', ({ reply }) => reply(200));
    await vi.waitFor(() => expect(told(front, 'upstream up')).toBe(2), SOON);
    expect(await up(front)).toBe(1);
  });

  it('goes by TCP to a PBX on TCP, and tells when nobody listens there any more', async () => {
    const wire = await tcpServerWire(test);
    const pbx = new ScriptedPbx(wire);
    pbx.respond('OPTIONS', ({ reply }) => reply(200));
    const front = await startFront(test, wire, { transport: 'TCP', probe: OFTEN });
    await front.midreg.waitForLog('"upstream up"');
    wire.close();
    const line = JSON.parse(await front.midreg.waitForLog('"upstream down"'));
    expect(line.reason).toContain('can not be reached');
  });

  it('waits for the PBX’s name to be looked up, at the start and when the name is changed', async () => {
    const pbx = new ScriptedPbx(await udpWire(test));
    const { port } = pbx.wire;
    const front = await startFront(test, { address: 'localhost', port }, { probe: OFTEN });
    for (const [i, host] of ['127.0.0.1', 'localhost'].entries()) {
      await vi.waitFor(() => expect(told(front, 'upstream resolved')).toBe(i + 1), SOON);
      const upstream = { endpoints: [{ name: 'pbx', host, port }], probe: OFTEN };
      front.midreg.write({ ...front.spec, upstream });
    }
    await vi.waitFor(() => expect(told(front, 'upstream resolved')).toBe(3), SOON);
    expect(front.midreg.logLines.filter(({ reason }) => /no address/.test(String(reason)))).toEqual([]);
  });

  it('tells of a PBX that was never there', async () => {
    const port = await freePort('udp');
    const front = await startFront(test, { address: '127.0.0.1', port }, { probe: OFTEN });
    await front.midreg.waitForLog('"upstream down"');
  });

  it('is not sent where none is asked for, until the resource is changed', async () => {
    const pbx = new ScriptedPbx(await udpWire(test));
    const front = await startFront(test, pbx.wire, { probe: { method: 'None' } });
    front.midreg.write({ ...front.spec, logLevel: 'Debug' });
    await front.midreg.waitForLog('"resource applied"');
    expect(pbx.unread).toEqual([]);
    const { endpoints } = front.spec.upstream as { endpoints: unknown };
    front.midreg.write({ ...front.spec, upstream: { endpoints } });
    (await pbx.request('OPTIONS')).reply(200);
    await front.midreg.waitForLog('"upstream up"');
  });
});
