import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import {
  callFromPbx,
  callFromPhone,
  forwarded,
  inviteFromPbx,
  inviteFromPhone,
  says,
} from '../../support/dialog.ts';
import { requestText, responseText } from '../../support/sip-text.ts';
import { PBX, phone, type Sent, stream, World } from '../../support/world.ts';

const bob = phone(5064);
const stranger = phone(6666, '192.0.2.66');
const statuses = (sent: readonly Sent[]): number[] => sent.map(({ message }) => message.status);
const places = (world: World): string[] => world.unread().map(({ flow }) => `${flow.address}:${flow.port}`);

describe('what is no SIP message', () => {
  it.each([
    ['nothing', ''],
    ['line ends', '\r\n\r\n\r\n\r\n'],
    ['noise', '\x00\xff\x01\x80\r\n\r\n'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a request line alone', 'OPTIONS sip:x SIP/2.0'],
    ['headers that end within a line', 'OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r'],
    ['a header bomb', `OPTIONS sip:x SIP/2.0\r\n${'X: y\r\n'.repeat(10_000)}\r\n`],
    ['a status beyond all', 'SIP/2.0 999 Whatever\r\n\r\n'],
    ['a response without headers', 'SIP/2.0 200 OK\r\n\r\n'],
    ['a request without a Via', requestText({ method: 'OPTIONS' }).replace(/Via: .*\r\n/, '')],
    ['an ACK that is broken', requestText({ method: 'ACK', cseq: 2 ** 40 })],
    [
      'a broken response',
      requestText({ method: 'X' }).replace(/^.*/, 'SIP/2.0 200 OK').replace('Call-ID', 'X'),
    ],
  ])('is dropped in silence and counted: %s', (_what, text) => {
    const world = new World();
    world.receives(stranger, text);
    expect(world.unread()).toEqual([]);
    expect(world.engine.counters.drops.get('malformed')).toBe(1);
    expect(world.engine.transactions(world.now)).toEqual({ server: 0, client: 0 });
  });

  it.each([
    ['no empty line', /\r\n$/, ''],
    ['no Call-ID', /Call-ID: .*\r\n/, ''],
    ['two Call-IDs', /Call-ID: .*\r\n/, '$&$&'],
    ['no From', /From: .*\r\n/, ''],
    ['a To that is not closed', /To: .*/, 'To: <sip:x@y'],
    ['another method in CSeq', /CSeq: .*/, 'CSeq: 1 INVITE'],
    ['a CSeq that is no number', /CSeq: .*/, 'CSeq: one OPTIONS'],
    ['Max-Forwards that is no number', /Max-Forwards: .*/, 'Max-Forwards: -1'],
    ['a body that is shorter than said', /Content-Length: .*/, 'Content-Length: 9999'],
    ['a negative Content-Length', /Content-Length: .*/, 'Content-Length: -1'],
    ['two Content-Lengths that differ', /Content-Length: .*/, 'Content-Length: 0\r\nContent-Length: 1'],
    ['a line that is no header', /Call-ID/, 'no header\r\nCall-ID'],
    ['white space in the Request-URI', /sip:pbx.test/, 'sip:pbx .test'],
  ])('is answered 400 where its Via can be read: %s', (_what, part, wrong) => {
    const world = new World();
    world.receives(stranger, requestText({ method: 'OPTIONS' }).replace(part, wrong));
    const [answer, ...more] = world.unread();
    expect(answer?.text).toMatch(/^SIP\/2\.0 400 Bad Request - /);
    expect(answer?.flow).toEqual(stranger);
    expect(more).toEqual([]);
    expect(world.engine.transactions(world.now).server).toBe(0);
  });

  it('is answered 505 for another version of SIP', () => {
    const world = new World();
    world.receives(stranger, requestText({ method: 'OPTIONS' }).replace('SIP/2.0\r\n', 'SIP/3.0\r\n'));
    expect(world.unread()[0]?.text).toMatch(/^SIP\/2\.0 505 Version Not Supported\r\n/);
  });

  it('never throws nor goes on, wherever a message is cut off', () => {
    const world = new World();
    const text = requestText(inviteFromPhone({ body: 'v=0\r\n' }));
    for (let end = 0; end < text.length; end++) world.receives(stranger, text.slice(0, end));
    expect(places(world).every((place) => place === '192.0.2.66:6666')).toBe(true);
    expect(world.engine.transactions(world.now)).toEqual({ server: 0, client: 0 });
  });
});

describe('a response', () => {
  it('to nothing is dropped and counted', () => {
    const world = new World();
    world.receives(
      stranger,
      responseText(callFromPhone(world).ok, 200).replace('SIP/2.0/UDP', 'SIP/2.0/TCP'),
    );
    expect(world.sent()).toEqual([]);
    expect(world.engine.counters.drops.get('stray_response')).toBe(1);
  });

  it('of another method than its branch’s is dropped', () => {
    const world = new World();
    world.request(phone(), inviteFromPhone());
    const up = forwarded(world);
    world.receives(PBX, responseText(up.message, 200).replace('1 INVITE', '1 BYE'));
    world.receives(PBX, responseText(up.message, 200).replace('1 INVITE', '1 CANCEL'));
    expect(world.sent()).toEqual([]);
  });

  it('that has lost the caller’s Via can not go back: 502 instead, and nothing waits for ever', () => {
    const world = new World();
    for (const method of ['INVITE', 'INFO']) {
      world.request(phone(), inviteFromPhone({ method }));
      const up = forwarded(world);
      const [, theirs] = up.message.values(Header.Via);
      const lost = (status: number) => responseText(up.message, status).replace(`Via: ${theirs}\r\n`, '');
      world.receives(PBX, lost(180));
      expect(world.sent()).toEqual([]);
      world.receives(PBX, lost(200));
      expect(statuses(world.sent())).toEqual([502]);
    }
    expect(world.engine.unanswered).toBe(0);
  });
});

describe('a token', () => {
  it('in a Route that is not ours is refused with 403, and nothing goes anywhere', () => {
    const world = new World();
    const { phone: end, pbx } = callFromPhone(world);
    const forge = (route: string): string => route.replace(/f[0-9a-f]{8}/, 'f00000000');
    for (const { flow, target, routes, sentBy } of [end, pbx]) {
      says(world, { flow, target, routes: routes.map(forge), sentBy }, 'BYE');
      expect(world.sentOne()).toMatchObject({ flow, message: { status: 403 } });
    }
    says(world, { ...pbx, routes: ['<sip:alice@203.0.113.5;lr>'] }, 'BYE');
    expect(statuses(world.sent())).toEqual([403]);
  });

  it('of the PBX’s contacts is refused with 403 to everybody else (RFC 5626 §5.3)', () => {
    const world = new World();
    const shown = world.register('bob', bob);
    for (const source of [bob, stranger, stream(5)]) {
      world.request(source, { method: 'INVITE', uri: shown });
      expect(statuses(world.sent()).at(-1)).toBe(403);
    }
  });

  it('that nobody has is answered 404 to the PBX', () => {
    const world = new World();
    const shown = world.register('bob', bob);
    const other = shown.replace(/b[0-9a-f]{4}/, (start) => (start === 'b0000' ? 'b1111' : 'b0000'));
    world.request(PBX, inviteFromPbx(other));
    expect(statuses(world.sent())).toEqual([100, 404]);
  });

  it('does not let anybody send to where they like: what the PBX has not named goes to the PBX', () => {
    const world = new World();
    world.request(stranger, inviteFromPhone());
    const up = forwarded(world);
    world.answers(up, 401);
    const token = world.sent().at(-1)?.message.value(Header.RecordRoute) as string;
    for (const target of [
      'sip:x@10.0.0.1:6379;transport=tcp',
      'sip:x@victim.test',
      'sip:x@198.51.100.1:22',
    ]) {
      for (const routes of [[token], [token, `<${target};lr>`]])
        for (const method of ['BYE', 'ACK', 'MESSAGE'])
          says(world, { flow: stranger, target, routes, sentBy: '192.0.2.66:6666' }, method);
      expect(new Set(places(world))).toEqual(new Set(['198.51.100.1:5070']));
    }
    expect(world.resolved).toEqual([]);
  });

  it('of another’s flow leads a stranger to the PBX and not to that phone', () => {
    const world = new World();
    const { pbx, phone: end } = callFromPbx(world, world.register('bob', bob), bob);
    for (const to of ['<sip:bob@pbx.test>', '<sip:bob@pbx.test>;tag=peer'])
      says(world, { ...pbx, flow: stranger, routes: end.routes }, 'INVITE', { to });
    const sent = world.sent().filter(({ message }) => message.isRequest);
    expect(sent.map(({ flow }) => flow.port)).toEqual([5070, 5070]);
  });

  it('of an own flow leads nowhere outside of a dialog', () => {
    const world = new World();
    const [a, b] = [callFromPhone(world, stranger), callFromPhone(world, bob)];
    const routes = [...a.phone.routes, ...b.phone.routes];
    says(world, { ...a.phone, routes, target: 'sip:bob@192.0.2.7:5064' }, 'MESSAGE', {
      to: 'sip:bob@pbx.test',
    });
    expect(forwarded(world).flow.port).toBe(5070);
  });
});

describe('a peer that writes what we quote', () => {
  it('can not break our headers', () => {
    const world = new World();
    world.register('alice', phone());
    world.request(phone(), {
      method: 'MESSAGE',
      uri: 'sip:a%22b%5cc%0d%0aX%20y@pbx.test',
      from: 'sip:alice@pbx.test',
      headers: ['Content-Type: text/plain'],
    });
    const { message } = world.sentOne();
    expect(message.status).toBe(404);
    expect(message.value(Header.Warning)).toContain('a\\"b\\\\c%0D%0AX y@pbx.test is not registered"');
  });
});
