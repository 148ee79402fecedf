import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { PBX, phone, stream, World } from '../../support/world.ts';

const alice = phone(5062);
const bob = phone(5064);
const hello = (to = 'bob', headers: string[] = ['Content-Type: text/plain'], body = 'hello') =>
  ({
    method: 'MESSAGE',
    uri: `sip:${to}@pbx.test`,
    from: 'sip:alice@pbx.test',
    to: `sip:${to}@pbx.test`,
    headers,
    body,
  }) as const;

function twoPhones(spec = ''): World {
  const world = new World(spec);
  world.register('alice', alice);
  world.register('bob', bob);
  return world;
}

describe('a MESSAGE to a phone that is online', () => {
  it('goes over the recipient’s own flow, to its contact as it wrote it, without Record-Route or Contact', () => {
    const world = twoPhones();
    world.request(alice, hello());
    const { flow, message } = world.sentOne();
    expect(flow.port).toBe(5064);
    expect(message.requestUri).toBe('sip:bob@192.0.2.7:5064');
    expect(message.has(Header.RecordRoute)).toBe(false);
    expect(message.body).toBe('hello');
  });

  it('is answered by the phone’s own 2xx', () => {
    const world = twoPhones();
    world.request(alice, hello());
    world.answers(world.sentOne(), 200);
    const { flow, message } = world.sentOne();
    expect(flow.port).toBe(5062);
    expect(message.status).toBe(200);
  });

  it('passes its body byte for byte, whatever the bytes', () => {
    const world = twoPhones();
    const body = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
    world.request(alice, hello('bob', ['Content-Type: text/plain;charset=utf-8'], body));
    expect(world.sentOne().message.body).toBe(body);
  });

  it('forks to all contacts of equal q; one 2xx is enough for the sender', () => {
    const world = twoPhones();
    world.register('bob', phone(5066), { callId: 'second' });
    world.request(alice, hello());
    const [one, two] = world.sent();
    world.answers(one as never, 486);
    expect(world.sent()).toEqual([]);
    world.answers(two as never, 200);
    expect(world.sentOne().message.status).toBe(200);
  });

  it('tries a lower q only when all higher ones have failed', () => {
    const world = new World();
    world.register('alice', alice);
    world.register('bob', bob, { contact: '<sip:bob@192.0.2.7:5064>;q=1.0' });
    world.register('bob', phone(5066), { contact: '<sip:bob@192.0.2.7:5066>;q=0.2', callId: 'second' });
    world.request(alice, hello());
    const first = world.sentOne();
    expect(first.flow.port).toBe(5064);
    world.answers(first, 486);
    const second = world.sentOne();
    expect(second.flow.port).toBe(5066);
    world.answers(second, 200);
    expect(world.sentOne().message.status).toBe(200);
  });

  it.each([404, 410, 430])(
    'drops a contact that answers %i from the store, and the sender still gets another’s 200',
    (status) => {
      const world = twoPhones();
      world.register('bob', phone(5066), { callId: 'second' });
      world.request(alice, hello());
      const [one, two] = world.sent();
      world.answers(one as never, status);
      world.answers(two as never, 200);
      expect(world.sentOne().message.status).toBe(200);
      expect(world.location.find('bob@pbx.test')).toHaveLength(1);
    },
  );

  it('keeps a contact that is merely busy', () => {
    const world = twoPhones();
    world.request(alice, hello());
    world.answers(world.sentOne(), 486);
    expect(world.sentOne().message.status).toBe(486);
    expect(world.location.find('bob@pbx.test')).toHaveLength(1);
  });

  it('is answered 480 while the sender still waits, if the phone stays silent', () => {
    const world = twoPhones();
    world.request(alice, hello());
    world.sent();
    world.pass(31_000);
    const answers = world.sent().filter(({ message }) => message.status >= 200);
    expect(answers.map(({ message }) => message.status)).toEqual([480]);
  });

  it('is answered 404 when the phone’s connection is gone, whose binding then goes too', () => {
    const world = new World();
    world.register('alice', alice);
    world.register('bob', stream(9));
    world.request(alice, hello());
    const { ref, flow } = world.sentOne();
    world.give({ kind: 'sendFailed', ref, flow, reason: 'gone' });
    expect(world.sentOne().message.status).toBe(404);
    expect(world.location.find('bob@pbx.test')).toEqual([]);
  });

  it('reaches only the instance that a GRUU names', () => {
    const world = new World();
    world.register('alice', alice);
    world.register('bob', bob, { contact: '<sip:bob@192.0.2.7:5064>;+sip.instance="<urn:uuid:1>"' });
    world.register('bob', phone(5066), {
      contact: '<sip:bob@192.0.2.7:5066>;+sip.instance="<urn:uuid:2>"',
      callId: 'second',
    });
    world.request(alice, { ...hello(), uri: 'sip:bob@pbx.test;gr=urn:uuid:2' });
    expect(world.sentOne().flow.port).toBe(5066);
  });
});

describe('a MESSAGE to somebody who is not online', () => {
  it('is answered 404 with a Warning that names the rule', () => {
    const world = twoPhones();
    world.request(alice, hello('carol'));
    const { message } = world.sentOne();
    expect(message.status).toBe(404);
    expect(message.value(Header.Warning)).toContain('carol@pbx.test is not registered');
  });

  it('is answered 404 once the PBX’s expiry has run out', () => {
    const world = twoPhones();
    world.pass(1_800_000);
    world.register('alice', alice, { cseq: 2 });
    world.request(alice, hello());
    expect(world.sentOne().message.status).toBe(404);
  });

  it('is logged at info, but what strangers provoke as a warning, which the log limits', () => {
    const world = twoPhones();
    world.request(alice, hello('carol'));
    world.request(phone(5099), hello());
    const told = world.notes.filter(({ event }) => event === 'message refused');
    expect(told.map(({ level, status, aor }) => [level, status, aor])).toEqual([
      ['info', 404, 'carol@pbx.test'],
      ['warn', 403, 'bob@pbx.test'],
    ]);
  });

  it('never goes to the PBX', () => {
    const world = twoPhones();
    world.request(alice, hello('carol'));
    expect(world.sent().every(({ flow }) => flow.port === 5062)).toBe(true);
  });
});

describe('who may send a MESSAGE', () => {
  it('is refused with 403 when the From is of somebody who registered over another flow', () => {
    const world = twoPhones();
    world.request(phone(5099), hello());
    const { message } = world.sentOne();
    expect(message.status).toBe(403);
    expect(message.value(Header.Warning)).toContain('messaging.senders');
  });

  it('is refused with 403 when the From is of a domain that is not served', () => {
    const world = twoPhones();
    world.request(alice, { ...hello(), from: 'sip:alice@elsewhere.test' });
    expect(world.sentOne().message.status).toBe(403);
  });

  it('may be anybody where senders is Any', () => {
    const world = twoPhones('  messaging: {senders: Any}');
    world.request(phone(5099), { ...hello(), from: 'sip:stranger@elsewhere.test' });
    expect(world.sentOne().flow.port).toBe(5064);
  });

  it('may always be the PBX', () => {
    const world = twoPhones();
    world.request(PBX, { ...hello(), from: 'sip:voicemail@pbx.test' });
    expect(world.sentOne().flow.port).toBe(5064);
  });

  it('goes on to the PBX when it is for another domain', () => {
    const world = twoPhones();
    world.request(alice, { ...hello(), uri: 'sip:x@elsewhere.test' });
    expect(world.sentOne().flow.port).toBe(5070);
  });
});

describe('what may be sent', () => {
  it('is refused with 415 and Accept for a content type that is not allowed', () => {
    const world = twoPhones('  messaging: {contentTypes: [text/plain]}');
    world.request(alice, hello('bob', ['Content-Type: image/png'], 'x'));
    const { message } = world.sentOne();
    expect(message.status).toBe(415);
    expect(message.value(Header.Accept)).toBe('text/plain');
  });

  it('is refused with 415 for an encoded body', () => {
    const world = twoPhones();
    world.request(alice, hello('bob', ['Content-Type: text/plain', 'Content-Encoding: gzip'], 'x'));
    expect(world.sentOne().message.status).toBe(415);
  });

  it('is refused with 413 above 1300 bytes over UDP', () => {
    const world = twoPhones();
    world.request(alice, hello('bob', ['Content-Type: text/plain'], 'x'.repeat(1_300)));
    expect(world.sentOne().message.status).toBe(413);
  });

  it('may be larger where both hops are streams', () => {
    const world = new World();
    world.register('alice', stream(1));
    world.register('bob', stream(2));
    world.request(stream(1), hello('bob', ['Content-Type: text/plain'], 'x'.repeat(5_000)));
    expect(world.sentOne().flow.connection).toBe(2);
  });

  it('is refused with 413 where the sender has a stream but the recipient only UDP', () => {
    const world = new World();
    world.register('alice', stream(1));
    world.register('bob', bob);
    world.request(stream(1), hello('bob', ['Content-Type: text/plain'], 'x'.repeat(5_000)));
    expect(world.sentOne().message.status).toBe(413);
  });
});
