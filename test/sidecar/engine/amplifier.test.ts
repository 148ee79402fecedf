import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { forwarded, inviteFromPhone } from '../../support/dialog.ts';
import { read, requestText, responseText } from '../../support/sip-text.ts';
import { PBX, phone, stream, World } from '../../support/world.ts';

const STRANGER = phone(5099, '192.0.2.99');
const MINIMAL =
  'OPTIONS sip:a@b SIP/2.0\r\nv:SIP/2.0/UDP h;branch=z9hG4bKa\r\nf:<sip:a@b>;tag=a\r\nt:<sip:a@b>\r\ni:a\r\nCSeq:1 OPTIONS\r\n\r\n';

/** Bytes of what has gone to the stranger's address. */
const bytesOf = (sent: ReturnType<World['unread']>): number =>
  sent
    .filter(({ flow }) => flow.address === STRANGER.address)
    .reduce((sum, { text }) => sum + text.length, 0);
const statuses = (world: World): number[] =>
  world.sent().flatMap(({ message }) => (message.isRequest ? [] : [message.status]));
const amplified = (world: World): number => world.engine.counters.drops.get('amplification') ?? 0;

describe('a sender of datagrams that may have lied about where it is', () => {
  it('gets a refusal without its explanation where that would be too much', () => {
    const world = new World();
    world.receives(
      STRANGER,
      MINIMAL.replaceAll('OPTIONS', 'MESSAGE').replace('sip:a@b SIP', 'sip:a@pbx.test SIP'),
    );
    expect(world.unread().map(({ text }) => text.includes('Warning'))).toEqual([false]);
    world.request(STRANGER, { method: 'MESSAGE', uri: 'sip:a@pbx.test' });
    expect(world.sentOne().message.has(Header.Warning)).toBe(true);
  });

  it('has a refusal of its call repeated only as far as is due, not for 32 s', () => {
    const world = new World();
    world.receives(STRANGER, requestText(inviteFromPhone({ uri: 'sip:bob@elsewhere.test' })));
    world.answers(forwarded(world), 486);
    world.pass(40_000);
    expect(bytesOf(world.unread())).toBeLessThan(2 * 400);
    expect(amplified(world)).toBeGreaterThan(0);
  });

  it('gets the answer again for each repetition of its request, for each pays for one', () => {
    const world = new World();
    const text = requestText({ method: 'OPTIONS', uri: 'sip:203.0.113.5' });
    for (let i = 0; i < 5; i++) world.receives(STRANGER, text);
    expect(statuses(world)).toEqual([200, 200, 200, 200, 200]);
  });

  it('has its call set up by a PBX that asks for no password, and from its ACK on there is no bound', () => {
    const world = new World();
    world.receives(STRANGER, requestText(inviteFromPhone({ body: 'v=0\r\n'.repeat(60) })));
    const up = forwarded(world);
    for (const status of [183, 180]) world.answers(up, status, [], 'v=0\r\n'.repeat(60));
    world.answers(up, 200, ['Contact: <sip:pbx@198.51.100.1:5070>'], 'v=0\r\n'.repeat(60));
    const [, , ok] = world.sent();
    expect(ok?.message.status).toBe(200);
    const routes = (ok?.message.values(Header.RecordRoute) ?? []).map((route) => `Route: ${route}`);
    world.request(STRANGER, {
      method: 'ACK',
      uri: 'sip:x@198.51.100.1:5070',
      to: '<sip:x@y>;tag=peer',
      headers: routes,
    });
    world.sent();
    for (let i = 0; i < 20; i++) world.answers(up, 200, [], 'v=0\r\n'.repeat(60));
    expect(statuses(world)).toHaveLength(20);
  });

  it('is known to be there once it has answered a challenge that was sent there', () => {
    const world = new World();
    const register = { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.99>', 'Expires: 60'] };
    world.request(STRANGER, register);
    world.answers(forwarded(world), 401, ['WWW-Authenticate: Digest realm="r", nonce="abc", qop="auth"']);
    world.sent();
    const answered = (nonce: string): void => {
      const credentials = `Authorization: Digest username="u1", realm="r", nonce="${nonce}", response="0"`;
      world.request(STRANGER, { ...register, headers: [...register.headers, credentials] });
      world.answers(forwarded(world), 403, [`X-Long: ${'x'.repeat(3000)}`]);
    };
    answered('guessed');
    expect(statuses(world)).toEqual([]);
    answered('abc');
    expect(statuses(world)).toEqual([403]);
  });

  it('is not the phone that is registered, nor one on a stream', () => {
    const world = new World();
    world.register('u1', STRANGER);
    for (const flow of [STRANGER, stream(4)]) {
      world.request(flow, { method: 'REGISTER', headers: ['Contact: <sip:u1@h>', 'Expires: 60'] });
      world.answers(forwarded(world), 403, [`X-Long: ${'x'.repeat(5000)}`]);
      expect(statuses(world)).toEqual([403]);
    }
  });

  it('never gets more than twice the bytes that came from its address, and for calls four times as much beside', () => {
    const request = fc.record({
      method: fc.constantFrom(
        'REGISTER',
        'INVITE',
        'MESSAGE',
        'OPTIONS',
        'SUBSCRIBE',
        'BYE',
        'ACK',
        'CANCEL',
        'XYZZY',
      ),
      uri: fc.constantFrom('sip:pbx.test', 'sip:bob@pbx.test', 'sip:203.0.113.5', 'sip:a@b', 'sip:@'),
      headers: fc.subarray([
        'Contact: *',
        'Max-Breadth: 0',
        'Proxy-Require: a,b,c',
        'Expires: 1',
        'Content-Length: 9',
      ]),
      port: fc.constantFrom(5099, 1234),
      sentBy: fc.constantFrom('192.0.2.99', '198.51.100.7:53', '192.0.2.99:1234'),
      isMinimal: fc.boolean(),
      answer: fc.constantFrom(0, 100, 180, 200, 401, 404, 503),
      wait: fc.constantFrom(0, 0, 500, 4000, 40_000),
    });
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 12 }), (requests) => {
        const world = new World();
        world.register('bob', phone());
        let [sent, ofCalls, got] = [0, 0, 0];
        for (const { method, uri, headers, port, sentBy, isMinimal, answer, wait } of requests) {
          const text = isMinimal ? MINIMAL : requestText({ method, uri, headers, sentBy });
          sent += text.length;
          if (method === 'INVITE' && !isMinimal) ofCalls += text.length;
          world.receives({ ...STRANGER, port }, text);
          const out = world.unread();
          const up = out.find(({ flow }) => flow.address === PBX.address);
          got += bytesOf(out);
          if (up !== undefined && answer !== 0)
            world.receives(PBX, responseText(read(up.text), answer, [`X-Long: ${'x'.repeat(400)}`]));
          world.pass(wait);
          got += bytesOf(world.unread());
          expect(got).toBeLessThanOrEqual(2 * sent + 4 * ofCalls);
        }
      }),
      { numRuns: 200 },
    );
  });
});
