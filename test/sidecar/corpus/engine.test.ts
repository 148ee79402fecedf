import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import { StreamFraming } from '../../../sidecar/wire/framing.ts';
import { PBX, PLACES, phone, stream, World } from '../../support/world.ts';
import { expectCopy } from './copy.ts';
import { type Loaded, loaded, titled } from './corpora.ts';
import { cut, fieldOf, nameOf, returned, valueIn } from './expected.ts';

const SOURCE = phone();
const BOB = phone(5070);

/** The proxy of example.com, with two of its users registered: alice where the messages come from, and bob. */
function office(): World {
  const world = new World('  messaging: {contentTypes: ["*/*"], maxUdpBytes: 65000}\n', {
    ...PLACES,
    domain: 'example.com',
  });
  for (const [user, flow] of [
    ['alice', SOURCE],
    ['bob', BOB],
  ] as const)
    register(world, user, flow);
  return world;
}

function register(world: World, user: string, flow: Flow): void {
  world.request(flow, {
    method: 'REGISTER',
    uri: 'sip:example.com',
    from: `sip:${user}@example.com`,
    headers: [`Contact: <sip:${user}@${flow.address}:${flow.port}>`],
  });
  const up = world.sentOne();
  world.answers(up, 200, [`Contact: ${up.message.value(6)};expires=600`]);
  world.sent();
}

type Text = ReturnType<World['unread']>[number];

const isTrying = ({ text }: Text): boolean => text.startsWith('SIP/2.0 100 ');

/** What was sent but for the 100s: exactly as many texts as wanted. */
function sentBut100(world: World, count: number): Text[] {
  const sent = world.unread().filter((one) => !isTrying(one));
  expect(sent.map(({ text }) => cut(text).start)).toHaveLength(count);
  return sent;
}

function expectSent({ flow, text }: Text, one: Loaded, source: Flow, to: Flow, requestUri?: string): void {
  expect([flow.address, flow.port]).toEqual([to.address, to.port]);
  const { address, port } = source;
  const way = { address, port, transport: flow.transport, recordRoutes: 2 };
  expectCopy(text, one, requestUri === undefined ? way : { ...way, requestUri });
}

/** The PBX grants what it was asked, and the phone is told of its contacts as it wrote them. */
function expectContacts(world: World, up: Text, contacts: readonly string[]): void {
  const { headers } = cut(up.text);
  const lines = headers.filter((line) => !['max-forwards', 'content-length'].includes(nameOf(line)));
  const answer = ['SIP/2.0 200 OK\r\n', ...lines, 'Expires: 600\r\nContent-Length: 0\r\n\r\n'].join('');
  world.receives(up.flow, answer);
  const [back] = sentBut100(world, 1);
  const told = cut(back?.text ?? '')
    .headers.filter((line) => nameOf(line) === 'contact')
    .map(valueIn);
  expect(told.flatMap((value) => [...value.matchAll(/<([^>]*)>/g)].map(([, uri]) => uri))).toEqual(contacts);
}

function expectRequest(world: World, one: Loaded, source: Flow): void {
  const { text, verdict } = one;
  world.receives(source, text);
  if (verdict.kind === 'dropped') {
    sentBut100(world, 0);
    expect(world.engine.counters.drops.get(verdict.as)).toBe(1);
    return;
  }
  const [sent] = sentBut100(world, 1);
  if (sent === undefined) return;
  switch (verdict.kind) {
    case 'forwarded':
      expectSent(sent, one, source, PBX);
      if (verdict.contacts !== undefined) expectContacts(world, sent, verdict.contacts);
      return;
    case 'delivered':
      return expectSent(sent, one, source, BOB, 'sip:bob@192.0.2.7:5070');
    case 'refused':
      expect(sent.text).toMatch(new RegExp(`^SIP/2\\.0 ${verdict.status} `));
      if (verdict.line !== undefined) expect(sent.text).toContain(`\r\n${verdict.line}\r\n`);
      return expectAnswer(sent, text, source);
    case 'served':
      expect(sent.text).toMatch(/^SIP\/2\.0 200 /);
      return expectAnswer(sent, text, source);
    default:
      throw new Error(`no verdict for a request: ${verdict.kind}`);
  }
}

/** §8.2.6.2: an answer of ours goes to where the request came from, and gives back what names the transaction. */
function expectAnswer({ flow, text }: Text, request: string, source: Flow): void {
  expect(flow.address).toBe(source.address);
  for (const name of ['call-id', 'cseq', 'from']) expect(fieldOf(text, name)).toBe(fieldOf(request, name));
}

/** A response comes in answer to a request of a phone that fits it, with our Via on top of its own. */
function expectResponse(world: World, { text, verdict }: Loaded): void {
  const isStray = verdict.kind === 'dropped' && verdict.as === 'stray_response';
  const { start, headers, body } = cut(text);
  const method = /\S+$/.exec(fieldOf(text, 'cseq') ?? '')?.[0] ?? 'OPTIONS';
  world.request(SOURCE, { method, uri: 'sip:carol@example.com' });
  const [up] = sentBut100(world, 1);
  const ours = cut(up?.text ?? '').headers[0] ?? '';
  world.receives(PBX, [start, isStray ? '' : ours, ...headers, '\r\n', body].join(''));
  if (verdict.kind === 'returned') {
    // The PBX has its ACK where it refused an INVITE (§17.1.1.3).
    const [back, ...more] = world.unread().filter(({ flow }) => flow.port === SOURCE.port);
    expect([back?.flow, back?.text, more]).toEqual([SOURCE, returned(text), []]);
    return;
  }
  sentBut100(world, 0);
  const drops = verdict.kind === 'dropped' ? [[verdict.as, 1]] : [];
  expect([...world.engine.counters.drops]).toEqual(drops);
}

const isResponse = ({ text }: Loaded): boolean => /^sip\//i.test(text);

describe('through the engine', () => {
  it.each(titled(loaded.filter((one) => !isResponse(one))))(
    'a request by UDP comes out at the right side, changed in no other line: %s',
    (_, one) => expectRequest(office(), one, SOURCE),
  );

  const streamed = loaded.filter((one) => !isResponse(one) && one.stream === undefined);
  it.each(titled(streamed))('a request by TCP comes out the same: %s', (_, one) => {
    const world = office();
    const source = stream(1);
    // The stream is the sender's, as far as the proxy has been told.
    register(world, 'alice', source);
    expectRequest(world, one, source);
  });

  const uncut = loaded.filter(({ stream, verdict }) => stream?.messages === 1 && verdict.kind !== 'dropped');
  it.each(titled(uncut))('a request whose end a stream can not tell is refused: %s', (_, { bytes }) => {
    const [head = ''] = new StreamFraming(65_536).push(bytes).messages;
    const world = office();
    world.receives(stream(1), head);
    const [answer] = sentBut100(world, 1);
    expect(answer?.text).toMatch(/^SIP\/2\.0 400 Bad Request - (?:Bad|Missing) Content-Length\r\n/);
  });

  it.each(titled(loaded.filter(isResponse)))(
    'a response goes back byte for byte, or ends here: %s',
    (_, one) => expectResponse(office(), one),
  );
});
