import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { forwarded, inviteFromPbx, inviteFromPhone } from '../../support/dialog.ts';
import { before, pbxFlow, phoneFlow } from '../../support/transports.ts';
import { type Sent, World } from '../../support/world.ts';

const secure = phoneFlow(7, 'TLS');
const sips = { contact: '<sips:bob@192.0.2.7:5061>' };
const refusal = ({ message }: Sent) => `${message.status} ${message.value(Header.Warning) ?? ''}`;

/** A world whose PBX is trusted without TLS. */
const trusting = (): World => new World('', { ...before('UDP'), upstream: 'sips: Trusted' });

describe('a request for a sips: address (RFC 5630 §5.3)', () => {
  it('goes over TLS to the PBX, and is recorded as sips: on both sides (§16.6 step 4)', () => {
    const world = new World('', before('TLS'));
    world.request(secure, inviteFromPhone({ uri: 'sips:bob@pbx.test' }));
    const { flow, message } = forwarded(world);
    expect(flow.transport).toBe('TLS');
    expect(message.requestUri).toBe('sips:bob@pbx.test');
    expect(message.values(Header.RecordRoute)).toEqual([
      expect.stringMatching(/^<sips:f[0-9a-f]+@203\.0\.113\.5:5061;lr>$/),
    ]);
  });

  it('is recorded twice as sips: where one side is a secure WebSocket', () => {
    const world = new World('', before('TLS'));
    world.request(phoneFlow(7, 'WSS'), inviteFromPhone({ uri: 'sips:bob@pbx.test' }));
    const [near, far] = forwarded(world).message.values(Header.RecordRoute);
    expect(near).toMatch(/^<sips:f[0-9a-f]+@203\.0\.113\.5:5061;lr>$/);
    expect(far).toMatch(/^<sips:f[0-9a-f]+@203\.0\.113\.5:443;transport=ws;lr>$/);
  });

  it('is answered 480 with Warning 380 where the PBX is not reached over TLS', () => {
    for (const method of ['INVITE', 'REGISTER', 'SUBSCRIBE']) {
      const world = new World('', before('UDP'));
      world.request(secure, {
        method,
        uri: 'sips:pbx.test',
        headers: ['Contact: <sips:bob@192.0.2.7:5061>'],
      });
      expect(refusal(world.sent().at(-1) as Sent)).toMatch(
        /^480 380 midregistrar "SIPS Not Allowed: .*RequireTls"$/,
      );
    }
  });

  it('counts as sips_refused wherever it is refused', () => {
    const world = new World('', before('UDP'));
    world.request(secure, inviteFromPhone({ uri: 'sips:bob@pbx.test' }));
    world.request(phoneFlow(8, 'UDP'), inviteFromPhone({ uri: 'sips:bob@pbx.test' }));
    const shown = world.register('bob', secure);
    world.request(pbxFlow('UDP'), inviteFromPbx(shown.replace('sip:', 'sips:')));
    expect(world.engine.counters.events.get('sips_refused')).toBe(3);
  });

  it('goes to such a PBX as it is where upstream.sips is Trusted, recorded as sip: on its side', () => {
    const world = trusting();
    world.request(secure, inviteFromPhone({ uri: 'sips:bob@pbx.test' }));
    const { flow, message } = forwarded(world);
    expect(flow.transport).toBe('UDP');
    expect(message.requestUri).toBe('sips:bob@pbx.test');
    const [near, far] = message.values(Header.RecordRoute);
    expect(near).toMatch(/^<sip:f[0-9a-f]+@203\.0\.113\.5:5060;lr>$/);
    expect(far).toMatch(/^<sips:f[0-9a-f]+@203\.0\.113\.5:5061;lr>$/);
  });

  it('follows upstream.sips as it is changed', () => {
    const world = new World('', before('UDP'));
    const status = (): number => {
      world.request(secure, inviteFromPhone({ uri: 'sips:bob@pbx.test' }));
      return world.sent().at(-1)?.message.status ?? 0;
    };
    expect(status()).toBe(480);
    world.changes('', { ...before('UDP'), upstream: 'sips: Trusted' });
    expect(status()).toBe(0);
  });

  it('is refused where it has come without TLS', () => {
    for (const transport of ['UDP', 'TCP', 'WS'] as const) {
      const world = new World('', before('TLS')).makeKnown(phoneFlow(7, transport));
      world.request(phoneFlow(7, transport), inviteFromPhone({ uri: 'sips:bob@pbx.test' }));
      expect(refusal(world.sent().at(-1) as Sent)).toContain(
        `400 399 midregistrar "a request for a sips: address has come over ${transport}"`,
      );
    }
  });

  it('needs TLS as well where only its Route asks for it', () => {
    const route = ['Route: <sips:198.51.100.1:5070;lr>', 'Contact: <sip:alice@192.0.2.7>'];
    const over = (transport: 'TLS' | 'UDP') => {
      const world = new World('', before(transport));
      world.request(phoneFlow(8, 'UDP'), inviteFromPhone({ headers: route }));
      return world.sent().at(-1) as Sent;
    };
    expect(refusal(over('UDP'))).toContain('480 380');
    const { message } = over('TLS');
    const [near, far] = message.values(Header.RecordRoute);
    expect([near?.slice(0, 6), far?.slice(0, 5)]).toEqual(['<sips:', '<sip:']);
  });

  it('from the PBX reaches a phone that registered by sips:, as sips:', () => {
    const world = new World('', before('TLS'));
    const shown = world.register('bob', secure, sips);
    expect(shown).toMatch(/^sips:b[0-9a-f]+@203\.0\.113\.5:5061$/);
    world.request(pbxFlow('TLS'), inviteFromPbx(shown));
    const { flow, message } = forwarded(world);
    expect(flow).toEqual(secure);
    expect(message.requestUri).toBe('sips:bob@192.0.2.7:5061');
  });

  it('from the PBX is answered 480 with Warning 380 where the phone registered by sip:', () => {
    const world = new World('', before('TLS'));
    const shown = world.register('bob', secure);
    expect(shown).toMatch(/^sip:b[0-9a-f]+@203\.0\.113\.5:5061;transport=tls$/);
    world.request(pbxFlow('TLS'), inviteFromPbx(shown.replace('sip:', 'sips:')));
    expect(refusal(world.sent().at(-1) as Sent)).toMatch(/^480 380 midregistrar "SIPS Not Allowed/);
  });

  it('as a MESSAGE reaches of a user’s phones those that registered by sips:', () => {
    const world = new World('', before('TLS'));
    world.register('bob', secure, sips);
    world.register('bob', phoneFlow(8, 'UDP'), { callId: 'other' });
    world.register('alice', phoneFlow(9, 'WSS'));
    world.request(phoneFlow(9, 'WSS'), {
      method: 'MESSAGE',
      uri: 'sips:bob@pbx.test',
      from: 'sip:alice@pbx.test',
    });
    expect(forwarded(world)).toMatchObject({
      flow: secure,
      message: { requestUri: 'sips:bob@192.0.2.7:5061' },
    });
  });

  it('as a MESSAGE is answered 480 with Warning 380 where none did', () => {
    const world = new World('', before('TLS'));
    world.register('bob', phoneFlow(8, 'TLS'));
    world.register('alice', phoneFlow(9, 'WSS'));
    world.request(phoneFlow(9, 'WSS'), {
      method: 'MESSAGE',
      uri: 'sips:bob@pbx.test',
      from: 'sip:alice@pbx.test',
    });
    expect(refusal(world.sentOne())).toBe(
      '480 380 midregistrar "SIPS Not Allowed: no sips: contact is registered"',
    );
  });

  it('along a flow reaches no phone that is not on TLS', () => {
    const world = new World('', before('TLS'));
    world.request(phoneFlow(8, 'UDP'), inviteFromPhone());
    const routes = forwarded(world)
      .message.values(Header.RecordRoute)
      .map((route) => `Route: ${route}`);
    world.request(pbxFlow('TLS'), { method: 'INFO', uri: 'sips:alice@192.0.2.8', headers: routes });
    expect(refusal(world.sentOne())).toBe(
      '480 380 midregistrar "SIPS Not Allowed: the phone is reached over UDP"',
    );
  });
});

describe('a request for a sip: address', () => {
  it('reaches a phone that registered by sips: over its TLS, as sip: (RFC 5630 §5.3)', () => {
    const world = trusting();
    const shown = world.register('bob', secure, sips);
    expect(shown).toMatch(/^sip:b[0-9a-f]+@203\.0\.113\.5:5060$/);
    world.request(pbxFlow('UDP'), inviteFromPbx(shown));
    expect(forwarded(world)).toMatchObject({
      flow: secure,
      message: { requestUri: 'sip:bob@192.0.2.7:5061' },
    });
  });

  it('over TLS is recorded as sip: with transport=tls, so that phones without flows stay on TLS', () => {
    const world = new World('', before('UDP'));
    world.request(secure, inviteFromPhone());
    const [near, far] = forwarded(world).message.values(Header.RecordRoute);
    expect(near).toMatch(/@203\.0\.113\.5:5060;lr>$/);
    expect(far).toMatch(/^<sip:f[0-9a-f]+@203\.0\.113\.5:5061;transport=tls;lr>$/);
  });
});

describe('a sips: contact', () => {
  it('is not taken over what is no TLS (RFC 5630 §5.2)', () => {
    for (const transport of ['UDP', 'TCP', 'WS'] as const) {
      const world = new World('', before('TLS'));
      const headers = [`Contact: ${sips.contact}`];
      world.request(phoneFlow(7, transport), { method: 'REGISTER', headers });
      expect(refusal(world.sentOne())).toContain(
        `400 399 midregistrar "a sips: contact can not be registered over ${transport}`,
      );
    }
  });

  it('may always be taken away', () => {
    const world = new World('', before('TLS'));
    world.request(phoneFlow(7, 'UDP'), {
      method: 'REGISTER',
      headers: [`Contact: ${sips.contact};expires=0`],
    });
    expect(forwarded(world).message.method).toBe('REGISTER');
  });

  it('takes the place of the phone’s sip: one (RFC 5630 §5.1.1.1)', () => {
    const world = new World('', before('TLS'));
    const plain = world.register('bob', secure, { contact: '<sip:bob@192.0.2.7:5061>' });
    const safe = world.register('bob', secure, { ...sips, cseq: 2 });
    expect(/b[0-9a-f]+/.exec(safe)?.[0]).toBe(/b[0-9a-f]+/.exec(plain)?.[0]);
    expect(world.location.find('bob@pbx.test').map(({ uri }) => uri)).toEqual(['sips:bob@192.0.2.7:5061']);
  });

  it('has a sips: Path where Path is what is put in, over TLS', () => {
    const world = new World('  registration: {insertion: Path}', before('TLS'));
    world.request(secure, {
      method: 'REGISTER',
      uri: 'sips:pbx.test',
      headers: [`Contact: ${sips.contact}`],
    });
    expect(forwarded(world).message.value(Header.Path)).toMatch(/^<sips:f[0-9a-f]+@203\.0\.113\.5:5061;lr>$/);
  });
});
