import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isSecure, TRANSPORTS, type Transport } from '../../../sidecar/wire/flow.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import type { SipMessage } from '../../../sidecar/wire/message.ts';
import {
  calleeDialog,
  callerDialog,
  type Dialog,
  foreignRoutes,
  kept,
  Party,
  settle,
} from '../../support/parties.ts';
import { RegistrarPbx } from '../../support/registrar-pbx.ts';
import { before, type Family, pbxFlow, phoneFlow } from '../../support/transports.ts';
import { World } from '../../support/world.ts';

// Some thousand messages each.
vi.setConfig({ testTimeout: 30_000 });

const SDP = 'Content-Type: application/sdp';
const TEXT = 'Content-Type: text/plain';

/** Header lines that nobody on the way knows, in whatever spelling, and a body. */
const payload = fc.record({
  headers: fc.array(
    fc
      .tuple(fc.stringMatching(/^X-[A-Za-z]{1,8}$/), fc.stringMatching(/^[ -~]{0,30}$/))
      .map(([name, value]) => `${name}:  ${value}`),
    { maxLength: 3 },
  ),
  body: fc.stringMatching(/^[\x01-\xff]{1,60}$/),
});

interface Cast {
  readonly world: World;
  readonly pbx: RegistrarPbx;
  readonly a: Party;
  readonly b: Party;
  /** Hands on whatever waits, until nobody has anything to do. */
  run(): void;
}

/** Two phones that have registered with the PBX through the proxy. */
function cast(
  a: Transport,
  b: Transport,
  p: Transport,
  family: Family,
  familyB: Family,
  insertion: string,
  scheme: 'sip' | 'sips' = 'sip',
): Cast {
  const world = new World(`  registration: {insertion: ${insertion}}`, before(p, family));
  const pbx = new RegistrarPbx(world, pbxFlow(p, family), 'pbx', scheme);
  const parties = [
    pbx,
    new Party(world, phoneFlow(1, a, family), 'alice', scheme),
    new Party(world, phoneFlow(2, b, familyB), 'bob', scheme),
  ];
  const run = (): void => settle(world, parties, pbx);
  const [, alice, bob] = parties as [Party, Party, Party];
  for (const [phone, user] of [
    [alice, 'alice'],
    [bob, 'bob'],
  ] as const) {
    phone.registers(user);
    run();
    const ok = phone.takes(200);
    expect(ok.value(Header.Contact)).toBe(`<${phone.contact}>;expires=600`);
    expect(ok.list(Header.Via)).toHaveLength(1);
  }
  return { world, pbx, a: alice, b: bob, run };
}

/** A response has come back to whom it is for: our Vias and those of others are off it. */
function isBack(response: SipMessage, party: Party): SipMessage {
  const vias = response.list(Header.Via);
  expect(vias).toHaveLength(1);
  expect(vias[0]).toContain(party.sentBy);
  return response;
}

/** One end asks within the dialog, the other answers; both see what they have to. */
function inDialog(cast: Cast, method: string, from: Party, dialog: Dialog, to: Party): SipMessage {
  const sent = from.says(method, dialog, ['X-Odd :  kept', `Contact: <${from.contact}>`]);
  cast.run();
  const come = to.takes(method);
  expect(kept(come)).toEqual(kept(sent));
  expect(foreignRoutes(come)).toEqual([]);
  expect(come.requestUri).toBe(to.contact);
  if (method === 'ACK') return come;
  to.answers(come, 200, [`Contact: <${to.contact}>`]);
  cast.run();
  isBack(from.takes(200), from);
  if (method === 'INVITE') {
    from.says('ACK', dialog, [], from.cseq);
    cast.run();
    expect(foreignRoutes(to.takes('ACK'))).toEqual([]);
  }
  return come;
}

interface Call {
  readonly caller: Party;
  readonly callee: Party;
  readonly calling: Dialog;
  readonly called: Dialog;
}

/** A call is set up; nothing but what a proxy may change is changed in its INVITE. */
function call(
  cast: Cast,
  caller: Party,
  callee: Party,
  uri: string,
  routes: readonly string[],
  body: string,
): Call {
  const headers = [...routes, `Contact: <${caller.contact}>`, SDP, 'X-Odd:a , b'];
  const sent = caller.asks('INVITE', uri, 'sip:caller@pbx.test', headers, body);
  cast.run();
  const come = callee.takes('INVITE');
  expect(kept(come)).toEqual(kept(sent));
  expect(foreignRoutes(come)).toEqual([]);
  for (const route of come.list(Header.RecordRoute))
    expect(route.startsWith(`<${caller.scheme}:`)).toBe(true);
  callee.answers(come, 180);
  cast.run();
  isBack(caller.takes(180), caller);
  const called = calleeDialog(come, callee.answers(come, 200, [`Contact: <${callee.contact}>`]));
  cast.run();
  const calling = callerDialog(isBack(caller.takes(200), caller));
  // §12.1: both ends have the same route set, the one in the reverse order of the other.
  expect(calling.routes).toEqual([...called.routes].reverse());
  inDialog(cast, 'ACK', caller, calling, callee);
  return { caller, callee, calling, called };
}

/** Both ends ask for something else in the middle of it, then one of them ends it. */
function talk(cast: Cast, { caller, callee, calling, called }: Call, byCaller: boolean): void {
  inDialog(cast, 'INVITE', caller, calling, callee);
  inDialog(cast, 'INVITE', callee, called, caller);
  inDialog(cast, 'INFO', callee, called, caller);
  if (byCaller) inDialog(cast, 'BYE', caller, calling, callee);
  else inDialog(cast, 'BYE', callee, called, caller);
}

function message(
  cast: Cast,
  from: Party,
  user: string,
  to: Party,
  text: { headers: string[]; body: string },
): void {
  const sent = from.asks(
    'MESSAGE',
    `${from.scheme}:${user}@pbx.test`,
    `sip:${from === cast.a ? 'alice' : 'bob'}@pbx.test`,
    [TEXT, ...text.headers],
    text.body,
  );
  cast.run();
  const come = to.takes('MESSAGE');
  expect(kept(come)).toEqual(kept(sent));
  expect(come.requestUri).toBe(to.contact);
  to.answers(come, 200);
  cast.run();
  isBack(from.takes(200), from);
}

const everyPair = TRANSPORTS.flatMap((a) => TRANSPORTS.map((b) => [a, b] as const));
const settings = fc.record({
  text: payload,
  byCaller: fc.boolean(),
  familyB: fc.constantFrom<Family>('IPv4', 'IPv6'),
  insertion: fc.constantFrom('Contact', 'Path'),
});
/** A pair’s call is some thirty messages; the payloads differ at each run of the tests. */
const RUNS = { numRuns: 1 };

describe.each(
  TRANSPORTS.flatMap(
    (p) =>
      [
        [p, 'IPv4'],
        [p, 'IPv6'],
      ] as [Transport, Family][],
  ),
)('before a PBX on %s over %s', (p, family) => {
  it('phones on any two transports write to each other', () => {
    for (const [a, b] of everyPair)
      fc.assert(
        fc.property(settings, ({ text, familyB, insertion }) => {
          const all = cast(a, b, p, family, familyB, insertion);
          message(all, all.a, 'bob', all.b, text);
          message(all, all.b, 'alice', all.a, text);
        }),
        RUNS,
      );
  });

  it('phones on any transport call the PBX and are called by it, and each end goes on and hangs up', () => {
    for (const [a, b] of everyPair)
      fc.assert(
        fc.property(settings, ({ text, byCaller, familyB, insertion }) => {
          const all = cast(a, b, p, family, familyB, insertion);
          talk(all, call(all, all.a, all.pbx, 'sip:pbx-user@pbx.test', [], text.body), byCaller);
          const { uri, path } = all.pbx.contactOf('bob');
          all.pbx.leadsHere(/<([^>]+)>/.exec(path[0] ?? '')?.[1] ?? uri);
          const routes = path.map((value) => `Route: ${value}`);
          talk(all, call(all, all.pbx, all.b, uri, routes, text.body), byCaller);
        }),
        RUNS,
      );
  });

  it('phones on any two transports call each other where the PBX is a proxy, and each end goes on and hangs up', () => {
    for (const [a, b] of everyPair)
      fc.assert(
        fc.property(settings, ({ text, byCaller, familyB, insertion }) => {
          const all = cast(a, b, p, family, familyB, insertion);
          all.pbx.isProxy = true;
          talk(all, call(all, all.a, all.b, 'sip:bob@pbx.test', [], text.body), byCaller);
        }),
        RUNS,
      );
  });
});

it('by sips: addresses, phones on TLS and WSS write to and call each other, and nothing of it is sip:', () => {
  const secure = TRANSPORTS.filter(isSecure);
  for (const p of secure)
    for (const a of secure)
      for (const b of secure)
        fc.assert(
          fc.property(settings, ({ text, byCaller, familyB, insertion }) => {
            const all = cast(a, b, p, 'IPv4', familyB, insertion, 'sips');
            message(all, all.a, 'bob', all.b, text);
            talk(all, call(all, all.a, all.pbx, 'sips:pbx-user@pbx.test', [], text.body), byCaller);
            all.pbx.isProxy = true;
            talk(all, call(all, all.b, all.a, 'sips:alice@pbx.test', [], text.body), byCaller);
          }),
          RUNS,
        );
});
