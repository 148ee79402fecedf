import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import { cpuMs } from '../../support/cpu-time.ts';
import {
  callFromPbx,
  callFromPhone,
  forwarded,
  inviteFromPbx,
  inviteFromPhone,
  says,
} from '../../support/dialog.ts';
import { type RequestText, requestText, responseText } from '../../support/sip-text.ts';
import { PBX, phone, stream, World } from '../../support/world.ts';

const bob = phone(5064);

/** All transactions, gates and flows are gone once their time is over and the connections are closed. */
function nothingIsLeft(world: World, streams: readonly Flow[] = []): void {
  for (const flow of streams) world.closes(flow);
  world.pass(600_000);
  world.give({ kind: 'tick' });
  expect(world.engine.transactions(world.now)).toEqual({ server: 0, client: 0 });
  expect(world.engine.held).toEqual({
    streams: 0,
    phoneStreams: 0,
    changingAors: 0,
    joinable: 0,
    departures: 0,
  });
  expect(world.engine.wakeAt()).toBe(Number.POSITIVE_INFINITY);
}

describe('after the peers have gone silent', () => {
  it('nothing is held of registrations, calls and messages that have ended well', () => {
    const world = new World();
    const streams = Array.from({ length: 50 }, (_, i) => stream(i + 1));
    for (const [i, flow] of streams.entries()) {
      const call = callFromPbx(world, world.register(`u${i}`, flow), flow);
      for (const end of [call.phone, call.pbx]) says(world, end, 'INFO');
      for (const copy of world.sent()) world.answers(copy, 200);
      world.request(flow, { method: 'MESSAGE', uri: `sip:u${i}@pbx.test`, from: `sip:u${i}@pbx.test` });
      for (const copy of world.sent()) if (copy.message.isRequest) world.answers(copy, 200);
    }
    nothingIsLeft(world, streams);
  });

  it('nothing is held of what was never answered', () => {
    const world = new World();
    const shown = world.register('bob', bob);
    world.register('bob', phone(5066), { callId: 'second' });
    for (const method of [
      'INVITE',
      'REGISTER',
      'MESSAGE',
      'SUBSCRIBE',
      'OPTIONS',
      'CANCEL',
      'ACK',
      'XYZZY',
    ]) {
      for (const uri of ['sip:pbx.test', 'sip:bob@pbx.test', shown, 'sip:203.0.113.5', 'tel:1', 'http:x'])
        for (const source of [phone(), PBX, stream(1), stream(2, PBX.address)])
          world.request(source, { method, uri, from: 'sip:bob@pbx.test' });
    }
    nothingIsLeft(world, [stream(1), stream(2)]);
  });

  it('nothing is held of calls that were cancelled, refused or cut off', () => {
    const world = new World();
    const shown = world.register('bob', stream(3));
    for (const [i, status] of [180, 200, 302, 404, 486, 503, 603].entries()) {
      const branch = `z9hG4bK${i}`;
      world.request(PBX, inviteFromPbx(shown, { branch }));
      const down = forwarded(world);
      world.answers(down, 180);
      world.answers(down, status);
      world.request(PBX, inviteFromPbx(shown, { branch, method: 'CANCEL' }));
      world.sent();
    }
    nothingIsLeft(world, [stream(3)]);
  });
});

describe('a flood', () => {
  it('of repetitions is forwarded once', () => {
    const world = new World();
    for (let i = 0; i < 1_000; i++) world.request(phone(), inviteFromPhone({ branch: 'z9hG4bKone' }));
    expect(world.sent().filter(({ message }) => message.isRequest)).toHaveLength(1);
    expect(world.engine.transactions(world.now)).toEqual({ server: 1, client: 1 });
  });

  it('beyond maxTransactions is answered 503 with Retry-After, and served again when there is room', () => {
    const world = new World('  security: {maxTransactions: 1000}');
    for (let i = 0; i < 1_050; i++) world.request(phone(), { method: 'SUBSCRIBE' });
    const refused = world.sent().filter(({ message }) => message.status === 503);
    expect(refused).toHaveLength(50);
    expect(refused[0]?.message.text).toContain('Retry-After: ');
    expect(world.engine.transactions(world.now).server).toBe(1_000);
    world.pass(60_000);
    world.sent();
    world.request(phone(), { method: 'SUBSCRIBE' });
    expect(forwarded(world).flow.port).toBe(5070);
  });

  it('of requests of a dead contact leaves one change of its AoR, and then none', () => {
    const world = new World();
    const shown = world.register('bob', stream(3));
    world.closes(stream(3));
    world.holdWrites = true;
    for (let i = 0; i < 100; i++) world.request(PBX, inviteFromPbx(shown));
    expect(world.heldWrites).toHaveLength(1);
    world.holdWrites = false;
    world.release();
    nothingIsLeft(world);
  });
});

describe('a message of 60,000 bytes that repeats one thing', () => {
  const fill = (text: string): string => text.repeat(Math.floor(60_000 / text.length));
  const token = '<sip:203.0.113.5;lr>';
  const shapes: Record<string, Partial<RequestText>> = {
    'Via values': { headers: [`Via: ${fill('SIP/2.0/UDP h;branch=z9hG4bKx,').slice(0, -1)}`] },
    'Via parameters': { sentBy: `h${fill(';a=b')}` },
    'Route values of ours': { headers: [`Route: ${fill(`${token},`)}${token}`] },
    'Route values of others': { headers: [`Route: ${fill('<sip:x;lr>,')}<sip:y>`] },
    'Route quotes': { headers: [`Route: ${fill('"\\""')}<sip:y>`] },
    'Contact values': { headers: [`Contact: ${fill('<sip:u1@h>,')}<sip:u1@i>`] },
    'Contact brackets': { headers: [`Contact: ${fill('<')}`] },
    'Contact comments': { headers: [`Contact: ${fill(' (')}`] },
    'Contact parameters': { headers: [`Contact: <sip:u1@h>${fill(';q')}`] },
    'Proxy-Require tags': { headers: [`Proxy-Require: ${fill('a,')}`] },
    'folded lines': { headers: [`Subject: ${fill('\r\n a')}`] },
    'escapes in the user': { uri: `sip:${fill('%41')}@pbx.test` },
    'Request-URI parameters': { uri: `sip:u@203.0.113.5${fill(';a')}` },
    'To quotes': { to: `${fill('"\\')}<sip:u1@pbx.test>` },
    'Expires digits': { headers: ['Contact: <sip:u1@h>', `Expires: ${fill('9')}`] },
  };

  it.each(Object.keys(shapes))('costs no more than its length: %s', (name) => {
    const world = new World();
    world.register('u1', phone());
    const { phone: end } = callFromPhone(world);
    const started = cpuMs();
    for (const method of ['REGISTER', 'INVITE', 'MESSAGE', 'OPTIONS']) {
      world.receives(phone(), requestText({ method, ...shapes[name] }));
      says(world, end, method, shapes[name]);
      const copies = world.unread();
      for (const { flow, text } of copies)
        if (!text.startsWith('SIP/2.0')) world.receives(flow, text.replace(/^.*/, 'SIP/2.0 200 OK'));
      world.unread();
    }
    // Sixteen passes; were one of them quadratic, this would take minutes.
    expect(cpuMs() - started).toBeLessThan(2_000);
    nothingIsLeft(world);
  });
});

describe('whatever is done to messages', () => {
  /** Cuts, doubles, swaps or overwrites a part of a text. */
  const mutation = fc.record({
    at: fc.nat(2_000),
    length: fc.nat(60),
    kind: fc.constantFrom('cut', 'double', 'overwrite', 'insert', 'line', 'number'),
    text: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(
        '\r\n',
        '\r\n\r\n',
        ';',
        ',',
        '<',
        '>',
        '"',
        '%',
        '@',
        ':',
        ';lr',
        ';rport',
        ';tag=',
        '*',
        '0',
      ),
    ),
  });
  type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

  function mutate(text: string, { at, length, kind, text: put }: Mutation): string {
    const start = at % (text.length + 1);
    const [before, part, after] = [
      text.slice(0, start),
      text.slice(start, start + length),
      text.slice(start + length),
    ];
    switch (kind) {
      case 'cut':
        return before + after;
      case 'double':
        return before + part + part + after;
      case 'overwrite':
        return before + put + after;
      case 'insert':
        return before + put + part + after;
      case 'number':
        return before + (part + after).replace(/\d+/, String(at * 1e7));
      case 'line':
        return before + (part + after).replace(/\r\n([^\r]*\r\n)/, '\r\n$1$1');
    }
  }

  it('the engine never throws, and in the end holds nothing', () => {
    const step = fc.record({
      message: fc.nat(11),
      source: fc.nat(3),
      mutations: fc.array(mutation, { maxLength: 3 }),
      wait: fc.constantFrom(0, 0, 100, 4_000, 40_000),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const world = new World();
        const shown = world.register('bob', stream(1));
        const { phone: end, ok } = callFromPhone(world);
        const route = end.routes.map((value) => `Route: ${value}`);
        world.request(PBX, inviteFromPbx(shown));
        const down = forwarded(world).message;
        const messages = [
          requestText({ method: 'REGISTER', headers: ['Contact: <sip:u1@h>;q=0.5', 'Expires: 60'] }),
          requestText(inviteFromPhone({ branch: 'z9hG4bKa' })),
          requestText(inviteFromPhone({ branch: 'z9hG4bKa', method: 'CANCEL' })),
          requestText(inviteFromPhone({ branch: 'z9hG4bKa', method: 'ACK' })),
          requestText({ method: 'BYE', uri: end.target, to: '<sip:x@y>;tag=1', headers: route }),
          requestText({ method: 'MESSAGE', uri: 'sip:bob@pbx.test', from: 'sip:bob@pbx.test', body: 'hi' }),
          requestText({ method: 'OPTIONS', uri: shown }),
          requestText({ method: 'REGISTER', headers: ['Contact: *', 'Expires: 0'] }),
          responseText(down, 180),
          responseText(down, 200, ['Contact: <sip:bob@h>']),
          responseText(down, 486),
          ok.text,
        ];
        const sources = [phone(), PBX, stream(1), stream(2, PBX.address)];
        for (const { message, source, mutations, wait } of steps) {
          world.receives(sources[source] as Flow, mutations.reduce(mutate, messages[message] as string));
          world.pass(wait);
        }
        nothingIsLeft(world, [stream(1), stream(2)]);
      }),
      { numRuns: 150 },
    );
  });
});
