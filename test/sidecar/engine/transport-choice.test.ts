import { describe, expect, it } from 'vitest';
import type { OwnListener } from '../../../sidecar/proxy/own.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import { callFromPhone, forwarded, inviteFromPbx, inviteFromPhone, says } from '../../support/dialog.ts';
import { type RequestText, requestText } from '../../support/sip-text.ts';
import { PBX, phone, stream, World } from '../../support/world.ts';

const large = 'x'.repeat(1_300);
const noRport = (parts: RequestText): string => requestText(parts).replace(';rport', '');

describe('a request above 1300 bytes', () => {
  it('goes to a PBX described as UDP by TCP, and says so in its Via (§18.1.1)', () => {
    const world = new World();
    world.request(phone(), inviteFromPhone({ body: large }));
    const { flow, message } = forwarded(world);
    expect(flow).toMatchObject({ transport: 'TCP', listener: 'tcp', port: 5070, connection: 0 });
    expect(message.value(Header.Via)).toMatch(/^SIP\/2\.0\/TCP 203\.0\.113\.5:5060;/);
    expect(message.body).toBe(large);
  });

  it('goes by UDP after all when the PBX refuses TCP, with the same branch, and is repeated there', () => {
    const world = new World();
    world.request(phone(), inviteFromPhone({ body: large }));
    const first = forwarded(world);
    world.give({ kind: 'sendFailed', flow: first.flow, ref: first.ref, reason: 'refused' });
    const second = world.sentOne();
    expect(second.flow.transport).toBe('UDP');
    expect(second.message.value(Header.Via)).toMatch(/^SIP\/2\.0\/UDP 203\.0\.113\.5:5060;/);
    expect(second.message.topVia()?.branch).toBe(first.message.topVia()?.branch);
    expect(second.message.text).toBe(first.message.text.replace('SIP/2.0/TCP', 'SIP/2.0/UDP'));
    world.pass(600);
    expect(world.sentOne().message.text).toBe(second.message.text);
    world.answers(second, 200);
    expect(world.sentOne().message.status).toBe(200);
  });

  it('falls back also where the phone ends its lines by LF alone', () => {
    const world = new World();
    const [head, body] = requestText(inviteFromPhone({ body: large })).split('\r\n\r\n') as [string, string];
    world.receives(phone(), `${head.replaceAll('\r\n', '\n')}\n\n${body}`);
    const { flow, ref } = forwarded(world);
    world.give({ kind: 'sendFailed', flow, ref, reason: 'refused' });
    const { message } = world.sentOne();
    expect(message.values(Header.Via).map((via) => via.slice(0, 25))).toEqual([
      'SIP/2.0/UDP 203.0.113.5:5',
      'SIP/2.0/UDP 192.0.2.7:506',
    ]);
    expect(message.lineId(2)).toBe(Header.RecordRoute);
  });

  it('spares a PBX that has refused TCP another try for ten minutes', () => {
    const world = new World();
    world.request(phone(), inviteFromPhone({ body: large }));
    const { flow, ref } = forwarded(world);
    world.give({ kind: 'sendFailed', flow, ref, reason: 'refused' });
    world.sent();
    world.request(phone(), inviteFromPhone({ body: large }));
    expect(forwarded(world).flow.transport).toBe('UDP');
    world.pass(600_100);
    world.sent();
    world.request(phone(), inviteFromPhone({ body: large }));
    expect(forwarded(world).flow.transport).toBe('TCP');
  });

  it('is an ACK too: when TCP is refused, its next repetition goes by UDP', () => {
    const world = new World();
    const { phone: end } = callFromPhone(world);
    says(world, end, 'ACK', { body: large });
    const { flow, ref } = world.sentOne();
    expect(flow.transport).toBe('TCP');
    world.give({ kind: 'sendFailed', flow, ref, reason: 'refused' });
    says(world, end, 'ACK', { body: large });
    expect(world.sentOne().flow.transport).toBe('UDP');
  });

  it('stays on a phone’s own flow, the only one that reaches it', () => {
    const world = new World();
    world.request(PBX, inviteFromPbx(world.register('bob', phone(5064)), { body: large }));
    expect(forwarded(world).flow).toEqual(phone(5064));
  });

  it('stays on UDP where the endpoint’s oversizeTransport is UDP', () => {
    const endpoint = '{name: pbx, host: 198.51.100.1, port: 5070, oversizeTransport: UDP}';
    const world = new World('', { listeners: BOTH_FAMILIES, endpoint, address: '198.51.100.1' });
    world.request(phone(), inviteFromPhone({ body: large }));
    expect(forwarded(world).flow.transport).toBe('UDP');
  });
});

describe('where an answer goes', () => {
  it('is the port that the request came from where its Via asks for that by rport (RFC 3581)', () => {
    const world = new World();
    world.request(phone(33_333), { method: 'INVITE', sentBy: '10.0.0.9:5060' });
    const [trying] = world.sent();
    expect(trying?.flow).toEqual(phone(33_333));
    expect(trying?.message.value(Header.Via)).toMatch(/;received=192\.0\.2\.7;rport=33333$/);
  });

  it('is the address that the request came from and the port in its Via otherwise (§18.2.2)', () => {
    for (const [sentBy, port] of [
      ['10.0.0.9:5099', 5099],
      ['10.0.0.9', 5060],
      ['phone.test:5061', 5061],
    ] as const) {
      const world = new World();
      world.receives(phone(33_333), noRport({ method: 'OPTIONS', uri: 'sip:203.0.113.5', sentBy }));
      const { flow, message } = world.sentOne();
      expect(flow).toEqual(phone(port));
      expect(message.value(Header.Via)).toMatch(/;received=192\.0\.2\.7$/);
    }
  });

  it('is told to nobody by received where the Via already tells it', () => {
    const world = new World();
    world.receives(phone(), noRport({ method: 'OPTIONS', uri: 'sip:203.0.113.5', sentBy: '192.0.2.7:5062' }));
    expect(world.sentOne().message.value(Header.Via)).not.toContain('received');
  });

  it('is not what the sender itself wrote as received or maddr', () => {
    const world = new World();
    const text = noRport({ method: 'OPTIONS', uri: 'sip:203.0.113.5', sentBy: '10.0.0.9:5062' });
    world.receives(phone(), text.replace(';branch', ';received=198.51.100.66;maddr=198.51.100.66;branch'));
    const { flow, message } = world.sentOne();
    expect(flow).toEqual(phone());
    expect(message.value(Header.Via)).toContain('received=192.0.2.7');
    expect(message.value(Header.Via)).not.toContain('received=198');
  });

  it('is the same for an answer to what can not be read', () => {
    const world = new World();
    world.receives(phone(33_333), noRport({ method: 'INVITE', sentBy: '10.0.0.9:5099', cseq: 2 ** 40 }));
    const [answer] = world.unread();
    expect(answer?.flow).toEqual(phone(5099));
    expect(answer?.text).toMatch(/^SIP\/2\.0 400 .*\r\nVia: .*;received=192\.0\.2\.7\r\n/);
  });

  it('is the very connection that the request came over', () => {
    const world = new World();
    world.request(stream(8), inviteFromPhone());
    world.answers(forwarded(world), 200);
    expect(world.sentOne().flow).toEqual(stream(8));
  });

  it('is, for the PBX, the port in its Via over a new connection where that one has closed (§18.2.2)', () => {
    const world = new World('', {
      listeners: BOTH_FAMILIES,
      endpoint: '{name: pbx, host: 198.51.100.1, port: 5070, transport: TCP}',
      address: '198.51.100.1',
    });
    const shown = world.register('bob', phone(5064));
    const source = stream(8, '198.51.100.1', 45_678);
    world.request(source, inviteFromPbx(shown));
    const down = forwarded(world);
    world.closes(source);
    world.answers(down, 200);
    expect(world.sentOne().flow).toEqual({ ...source, port: 5070, connection: 0 });
  });

  it('is no new connection to a phone, which anybody could abuse', () => {
    const world = new World();
    world.request(stream(8), inviteFromPhone());
    const up = forwarded(world);
    world.closes(stream(8));
    world.answers(up, 200);
    expect(world.sentOne().flow).toEqual(stream(8));
  });
});

const BOTH_FAMILIES: OwnListener[] = (
  [
    ['udp', 'UDP', '203.0.113.5'],
    ['tcp', 'TCP', '203.0.113.5'],
    ['udp6', 'UDP', '2001:db8::5'],
    ['tcp6', 'TCP', '2001:db8::5'],
  ] as const
).map(([name, transport, host]) => {
  const address = { host, port: 5060 };
  return { name, transport, bound: address, phones: address, upstream: address };
});

describe('IPv6', () => {
  const phone6 = { ...phone(5062, '2001:db8::7'), listener: 'udp6' };
  const places = {
    listeners: BOTH_FAMILIES,
    endpoint: '{name: pbx, host: "2001:db8::1", port: 5070}',
    address: '2001:db8::1',
  };

  it('is written in brackets in Via and Record-Route, and without them in received', () => {
    const world = new World('', places);
    world.request(phone6, inviteFromPhone({ sentBy: '[2001:db8::99]:5062' }));
    const { flow, message } = forwarded(world);
    expect(flow).toMatchObject({ listener: 'udp6', address: '2001:db8::1', port: 5070 });
    const [ours, theirs] = message.values(Header.Via);
    expect(ours).toMatch(/^SIP\/2\.0\/UDP \[2001:db8::5\]:5060;/);
    expect(theirs).toMatch(/;received=2001:db8::7;rport=5062$/);
    expect(message.value(Header.RecordRoute)).toMatch(/^<sip:f[0-9a-f]+@\[2001:db8::5\]:5060;lr>$/);
  });

  it('finds its own Route and the phone’s flow again', () => {
    const world = new World('', places);
    world.request(phone6, inviteFromPhone());
    const up = forwarded(world);
    const headers = up.message.values(Header.RecordRoute).map((route) => `Route: ${route}`);
    world.request(up.flow, { method: 'BYE', uri: 'sip:x@[2001:db8::7]:5062', headers });
    expect(forwarded(world).flow).toEqual(phone6);
  });

  it('phones reach an IPv4 PBX from a listener of its family, recorded twice (RFC 5658)', () => {
    const world = new World('', {
      listeners: BOTH_FAMILIES,
      endpoint: '{name: pbx, host: 198.51.100.1, port: 5070}',
      address: '198.51.100.1',
    });
    world.request(phone6, inviteFromPhone());
    const { flow, message } = forwarded(world);
    expect(flow.listener).toBe('udp');
    const [near, far] = message.values(Header.RecordRoute);
    expect(near).toContain('@203.0.113.5:5060');
    expect(far).toContain('@[2001:db8::5]:5060');
  });
});
