import { describe, expect, it } from 'vitest';
import { aorOf } from '../support/peers/pbx.ts';
import { testStage } from '../support/peers/stage.ts';
import { type Front, startFront } from './front.ts';
import { Party } from './script/party.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { type ScriptedPhone, udpPhone } from './script/phone.ts';
import { tcpWire, udpWire } from './script/wire.ts';

const test = testStage();

/** Where the PBX calls from, which is not where it is called. */
const OTHER = '127.0.0.2';

interface Scene {
  readonly front: Front;
  readonly pbx: ScriptedPbx;
  /** The PBX's other address. */
  readonly other: Party;
  readonly phone: ScriptedPhone;
}

async function start(sources: readonly string[], spec: object = {}): Promise<Scene> {
  const pbx = new ScriptedPbx(await udpWire(test));
  const upstream = {
    endpoints: [{ name: 'pbx', host: pbx.wire.address, port: pbx.wire.port }],
    probe: { method: 'None' },
    sources,
  };
  const front = await startFront(test, pbx.wire, { address: '0.0.0.0', spec: { upstream, ...spec } });
  const at = { address: '127.0.0.1', port: front.port };
  pbx.peer = at;
  const phone = await (await udpPhone(test, 'u1', at)).registered();
  return { front, pbx, other: new Party(await udpWire(test, OTHER), at), phone };
}

const contactOf = ({ pbx }: Scene): string => pbx.contactsOf(aorOf('u1'))[0] as string;

const ask = (scene: Scene, method: string) =>
  scene.other.send({ method, uri: contactOf(scene), from: `sip:${aorOf('u2')}` });

describe('an address in upstream.sources', () => {
  it.each(['INVITE', 'MESSAGE', 'NOTIFY'])(
    'may send %s to a contact that the PBX was shown',
    async (method) => {
      const scene = await start([`${OTHER}/32`]);
      const sent = ask(scene, method);
      (await scene.phone.request(method)).reply(200);
      expect((await scene.other.response(sent)).status).toBe(200);
      const labels = { side: 'upstream', method };
      expect(await scene.front.midreg.metric('midreg_requests_total', labels)).toBe(1);
    },
  );

  it('is a stranger’s where it is not in it, and comes to be the PBX’s with a changed resource', async () => {
    const scene = await start([]);
    expect((await scene.other.response(ask(scene, 'MESSAGE'))).status).toBe(403);
    const invite = await scene.other.response(ask(scene, 'INVITE'));
    expect(invite.status).toBeGreaterThanOrEqual(400);
    expect(scene.phone.unread).toEqual([]);
    const { spec, midreg } = scene.front;
    midreg.write({ ...spec, upstream: { ...(spec.upstream as object), sources: ['127.0.0.0/29'] } });
    await midreg.waitForLog('"resource applied"');
    const sent = ask(scene, 'MESSAGE');
    (await scene.phone.request('MESSAGE')).reply(200);
    expect((await scene.other.response(sent)).status).toBe(200);
  });

  it('is let in although security.allowedSources does not name it', async () => {
    const scene = await start([OTHER], { security: { allowedSources: ['127.0.0.1'] } });
    const sent = ask(scene, 'NOTIFY');
    (await scene.phone.request('NOTIFY')).reply(200);
    expect((await scene.other.response(sent)).status).toBe(200);
    const stranger = new Party(await udpWire(test, '127.0.0.3'), scene.other.peer);
    stranger.send({ method: 'NOTIFY', uri: contactOf(scene), from: `sip:${aorOf('u2')}` });
    await expect
      .poll(() => scene.front.midreg.metric('midreg_drops_total', { reason: 'source_not_allowed' }))
      .toBe(1);
  });

  it('may call over a connection that it opens', async () => {
    const scene = await start(['127.0.0.1']);
    const stream = new Party(await tcpWire(test, scene.other.peer));
    const sent = stream.send({ method: 'NOTIFY', uri: contactOf(scene), from: `sip:${aorOf('u2')}` });
    (await scene.phone.request('NOTIFY')).reply(200);
    expect((await stream.response(sent)).status).toBe(200);
  });

  it('has its dialogs gone on with there: the phone’s BYE reaches it', async () => {
    const scene = await start([OTHER]);
    const contact = `sip:u2@${scene.other.hostPort}`;
    const sent = scene.other.send({
      method: 'INVITE',
      uri: contactOf(scene),
      from: `sip:${aorOf('u2')}`,
      headers: [`Contact: <${contact}>`],
    });
    const invite = await scene.phone.request('INVITE');
    invite.reply(200, [`Contact: <${scene.phone.contact}>`]);
    const answer = await scene.other.response(sent);
    expect(answer.status).toBe(200);
    const routes = invite.sip.all('Record-Route').map((route) => `Route: ${route}`);
    const bye = scene.phone.send({
      method: 'BYE',
      uri: contact,
      from: `sip:${aorOf('u1')}`,
      to: `sip:${aorOf('u2')}`,
      fromTag: scene.phone.tag,
      toTag: 'other',
      callId: invite.sip.header('Call-ID'),
      headers: routes,
    });
    (await scene.other.request('BYE')).reply(200);
    expect((await scene.phone.response(bye)).status).toBe(200);
  });
});
