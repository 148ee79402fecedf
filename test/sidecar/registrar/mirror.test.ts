import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import { NOW, policyWith, registered, registerOf, secondsLeft, shown, take } from './support.ts';

const DESK = '<sip:u1@192.0.2.7:5062>';
const MOBILE = '<sip:u1@192.0.2.8:5062>';
const register = (contact = DESK, cseq = 1, callId = 'c1') =>
  registerOf([`Contact: ${contact}`, 'Expires: 3600'], cseq, callId);
const uris = (bindings: readonly Binding[]) => bindings.map(({ uri }) => uri).sort();
const nameOf = (bindings: readonly Binding[]): string => `<sip:${bindings[0]?.token}@203.0.113.5:5060>`;

describe('a new contact', () => {
  it('is stored as the phone wrote it, with all that is needed to reach it', () => {
    const request = registerOf([
      'Contact: "Desk" <sip:u1@192.0.2.7:5062;ob>;q=0.7;+sip.instance="<urn:uuid:1>";reg-id=2;methods="INVITE,MESSAGE"',
      'User-Agent: phone/1',
      'Path: <sip:edge;lr>',
    ]);
    const { bindings } = take(request, (intent) => [`Contact: ${shown(intent)};expires=120`]);
    expect(bindings).toEqual([
      {
        aor: 'u1@pbx.test',
        uri: 'sip:u1@192.0.2.7:5062;ob',
        contact: '"Desk" <sip:u1@192.0.2.7:5062;ob>',
        token: expect.stringMatching(/^b[0-9a-f]{32}$/),
        flow: { transport: 'UDP', listener: 'udp', address: '192.0.2.7', port: 5062, connection: 0 },
        path: ['<sip:edge;lr>'],
        expiresAt: NOW + 1_000 + 118_000,
        q: 0.7,
        instance: '<urn:uuid:1>',
        regId: 2,
        userAgent: 'phone/1',
        methods: 'INVITE,MESSAGE',
        callId: 'c1',
        cseq: 1,
        acceptedAt: NOW + 1_000,
        upstream: 'pbx',
        foreign: false,
      },
    ]);
  });

  it('lives as long as the PBX says, shorter or longer than what was asked', () => {
    for (const granted of [120, 7_200]) {
      const { bindings } = take(register(), (intent) => [`Contact: ${shown(intent)};expires=${granted}`]);
      expect(secondsLeft(bindings[0] as Binding)).toBe(granted - 2);
    }
  });

  it('lives no longer than registration.maxExpiresSeconds', () => {
    const policy = policyWith({ maxExpiresSeconds: 600 });
    const { bindings, answer } = take(
      register(),
      (intent) => [`Contact: ${shown(intent)};expires=7200`],
      [],
      policy,
    );
    expect(secondsLeft(bindings[0] as Binding)).toBe(598);
    expect(answer.text).toContain(`Contact: ${DESK};expires=600\r\n`);
  });

  it('is not stored where the PBX does not list it, grants nothing or lists nothing at all', () => {
    const elsewhere = '<sip:u1@198.51.100.9>;expires=60';
    for (const contacts of [[], [`Contact: ${elsewhere}`]]) {
      const { bindings, refused } = take(
        register(),
        () => contacts,
        [],
        policyWith({ foreignContacts: 'Ignore' }),
      );
      expect(bindings).toEqual([]);
      expect(refused).toBe(1);
    }
    expect(take(register(), (intent) => [`Contact: ${shown(intent)};expires=0`]).bindings).toEqual([]);
  });

  it('is stored although contacts from elsewhere are listed with it', () => {
    const { bindings } = take(register(), (intent) => [
      `Contact: <sip:u1@198.51.100.9>;expires=60, ${shown(intent)};expires=120, <sip:u1@198.51.100.10>;expires=30`,
    ]);
    expect(bindings.filter(({ foreign }) => !foreign).map(({ uri }) => uri)).toEqual([
      'sip:u1@192.0.2.7:5062',
    ]);
  });

  it('is one of several of one REGISTER, each with its own expiry, and one that is refused costs the others nothing', () => {
    const request = registerOf([`Contact: ${DESK}, ${MOBILE}`, 'Contact: <sip:u1@192.0.2.9>']);
    const { bindings, refused } = take(request, (intent) => [
      `Contact: ${shown(intent, 2)};expires=90`,
      `Contact: ${shown(intent, 0)};expires=60`,
    ]);
    expect(bindings.map((one) => [one.uri, secondsLeft(one)])).toEqual([
      ['sip:u1@192.0.2.9', 88],
      ['sip:u1@192.0.2.7:5062', 58],
    ]);
    expect(refused).toBe(1);
  });

  it('counts once where the PBX lists it twice, or the phone names it to leave and to stay', () => {
    const twice = take(register(), (intent) => [
      `Contact: ${shown(intent)};expires=60, ${shown(intent)};expires=50`,
    ]);
    expect(twice.bindings).toHaveLength(1);
    const both = take(registerOf([`Contact: ${DESK};expires=0, ${DESK};expires=60`]), (intent) => [
      `Contact: ${shown(intent)};expires=60`,
    ]);
    expect(both).toMatchObject({ bindings: [{ uri: 'sip:u1@192.0.2.7:5062' }], refused: 0 });
  });
});

describe('a refresh', () => {
  const current = registered(DESK, [], { callId: 'c1', cseq: 1 });

  it('takes the PBX’s new expiry and the flow that it came by, and is no new binding', () => {
    const { bindings, added, refreshed } = take(
      register(DESK, 2),
      (intent) => [`Contact: ${shown(intent)};expires=300`],
      current,
    );
    expect(bindings).toHaveLength(1);
    expect(added).toEqual([]);
    expect(refreshed).toEqual(bindings);
    expect(secondsLeft(bindings[0] as Binding)).toBe(298);
  });

  it('of a lower CSeq of the same Call-ID changes nothing (§10.3 step 7)', () => {
    const newer = registered(DESK, current, { callId: 'c1', cseq: 5 });
    const { bindings, stale, changed } = take(
      register(DESK, 4),
      (intent) => [`Contact: ${shown(intent)};expires=300`],
      newer,
    );
    expect({ bindings, stale, changed }).toEqual({ bindings: newer, stale: true, changed: false });
  });

  it('of an equal CSeq is taken, as phones do after a reboot', () => {
    const { stale, refreshed } = take(
      register(DESK, 1),
      (intent) => [`Contact: ${shown(intent)};expires=300`],
      current,
    );
    expect(stale).toBe(false);
    expect(refreshed).toHaveLength(1);
  });

  it('of another Call-ID is taken, whatever its CSeq', () => {
    const { refreshed } = take(
      register(DESK, 1, 'after-reboot'),
      (intent) => [`Contact: ${shown(intent)};expires=300`],
      registered(DESK, [], { callId: 'c1', cseq: 9 }),
    );
    expect(refreshed).toMatchObject([{ callId: 'after-reboot', cseq: 1 }]);
  });

  it('that the PBX does not list any more ends the binding', () => {
    const { bindings, removed, refused } = take(register(DESK, 2), () => [], current);
    expect(bindings).toEqual([]);
    expect(removed).toEqual(current);
    expect(refused).toBe(1);
  });

  it('is recognised although the PBX has lost or turned round parameters, added quotes, changed case or our port', () => {
    for (const spoilt of [
      `<SIP:TOKEN@203.0.113.5:5060;transport=UDP>;expires=60;q=1`,
      `"u1" <sip:TOKEN@192.0.2.200:1024;x-nat=yes>;expires=60`,
      `sip:TOKEN@203.0.113.5;expires=60`,
    ]) {
      const { refreshed } = take(
        register(DESK, 2),
        (intent) => [`Contact: ${spoilt.replace('TOKEN', intent.contacts[0]?.token ?? '')}`],
        current,
      );
      expect(refreshed).toHaveLength(1);
    }
  });
});

describe('a removal', () => {
  const current = registered(MOBILE, registered(DESK));

  it('ends the one contact, whether the PBX lists the others or nothing', () => {
    const leaving = registerOf([`Contact: ${DESK};expires=0`], 2);
    const listing = take(leaving, () => [`Contact: ${nameOf(current.slice(1))};expires=900`], current);
    expect(uris(listing.bindings)).toEqual(['sip:u1@192.0.2.8:5062']);
    const silent = take(leaving, () => [], current, policyWith({ replyContacts: 'Partial' }));
    expect(uris(silent.bindings)).toEqual(['sip:u1@192.0.2.8:5062']);
    expect(silent.refused).toBe(0);
  });

  it('of the last contact leaves nothing', () => {
    const { bindings } = take(registerOf([`Contact: ${DESK}`, 'Expires: 0'], 2), () => [], registered(DESK));
    expect(bindings).toEqual([]);
  });

  it('of all by a star ends all, also where answers are partial', () => {
    const policy = policyWith({ replyContacts: 'Partial' });
    const { bindings, removed } = take(
      registerOf(['Contact: *', 'Expires: 0'], 2),
      () => [],
      current,
      policy,
    );
    expect(bindings).toEqual([]);
    expect(removed).toHaveLength(2);
  });

  it('by a star of a lower CSeq of the same Call-ID changes nothing', () => {
    const newer = registered(DESK, [], { callId: 'c1', cseq: 5 });
    expect(take(registerOf(['Contact: *', 'Expires: 0'], 4), () => [], newer)).toMatchObject({
      bindings: newer,
      stale: true,
    });
  });
});

describe('the other contacts of the user', () => {
  const mobile = registered(MOBILE);

  it('are gone where a complete answer lacks them', () => {
    const { bindings, removed } = take(
      register(),
      (intent) => [`Contact: ${shown(intent)};expires=60`],
      mobile,
    );
    expect(uris(bindings)).toEqual(['sip:u1@192.0.2.7:5062']);
    expect(removed).toEqual(mobile);
  });

  it('stay where answers are partial', () => {
    const { bindings } = take(
      register(),
      (intent) => [`Contact: ${shown(intent)};expires=60`],
      mobile,
      policyWith({ replyContacts: 'Partial' }),
    );
    expect(uris(bindings)).toEqual(['sip:u1@192.0.2.7:5062', 'sip:u1@192.0.2.8:5062']);
  });

  it('stay with Auto until the PBX has been seen to list another one', () => {
    const policy = policyWith({ replyContacts: 'Auto' });
    const alone = (intent: Parameters<typeof shown>[0]) => [`Contact: ${shown(intent)};expires=60`];
    const before = take(register(), alone, mobile, policy);
    expect(before.bindings).toHaveLength(2);
    expect(before.listsOthers).toBe(false);
    expect(take(register(), alone, mobile, policy, NOW, true).bindings).toHaveLength(1);
    const both = take(
      register(),
      (intent) => [`Contact: ${shown(intent)};expires=60, ${nameOf(mobile)};expires=30`],
      mobile,
      policy,
    );
    expect(both.listsOthers).toBe(true);
  });

  it('take the expiry that the PBX lists them with, and keep theirs where it lists none', () => {
    const listed = take(
      register(),
      (intent) => [`Contact: ${shown(intent)};expires=60, ${nameOf(mobile)};expires=30`],
      mobile,
    );
    expect(secondsLeft(listed.bindings.find(({ uri }) => uri.includes('.8')) as Binding)).toBe(28);
    const silent = take(
      register(),
      (intent) => ['Expires: 60', `Contact: ${shown(intent)}, ${nameOf(mobile)}`],
      mobile,
    );
    expect(silent.bindings).toContainEqual(mobile[0]);
  });

  it('stay although the answer lacks them where they were accepted after this REGISTER came', () => {
    const crossing = registered(MOBILE, [], { now: NOW });
    const { bindings } = take(register(), (intent) => [`Contact: ${shown(intent)};expires=60`], crossing);
    expect(bindings).toContainEqual(crossing[0]);
  });

  it('are not brought back by a name that no binding has any more', () => {
    const { bindings, lost } = take(register(), (intent) => [
      `Contact: ${shown(intent)};expires=60, ${nameOf(mobile)};expires=900`,
    ]);
    expect(uris(bindings)).toEqual(['sip:u1@192.0.2.7:5062']);
    expect(lost).toBe(1);
  });

  it('are taken out in passing where they have expired', () => {
    const expired = mobile.map((one) => ({ ...one, expiresAt: NOW }));
    const { bindings, changed } = take(registerOf([]), () => [], expired);
    expect({ bindings, changed }).toEqual({ bindings: [], changed: true });
  });
});

describe('contacts that did not come through us', () => {
  const foreign = 'Contact: "Office" <sip:u1@198.51.100.9;line=1>;expires=60;q=0.3';

  it('are kept as foreign with the PBX’s expiry', () => {
    const { bindings } = take(registerOf([]), () => [foreign]);
    expect(bindings).toMatchObject([
      { uri: 'sip:u1@198.51.100.9;line=1', foreign: true, flow: undefined, token: '', q: 0.3 },
    ]);
    expect(secondsLeft(bindings[0] as Binding)).toBe(58);
  });

  it('are ignored where the policy says so', () => {
    const policy = policyWith({ foreignContacts: 'Ignore' });
    expect(take(registerOf([]), () => [foreign], [], policy).bindings).toEqual([]);
  });

  it('stay one and the same from answer to answer', () => {
    const first = take(registerOf([]), () => [foreign]).bindings;
    const again = take(
      registerOf([], 2),
      () => [foreign.replace('60', '50')],
      first,
      policyWith(),
      NOW + 5_000,
    );
    expect(again.bindings).toHaveLength(1);
    expect(again.added).toEqual([]);
  });

  it('become ours when they register through us with their contact untouched', () => {
    const policy = policyWith({ insertion: 'None' });
    const first = take(registerOf([]), () => [`Contact: ${DESK};expires=60`], [], policy).bindings;
    expect(first).toMatchObject([{ foreign: true }]);
    const { bindings } = take(register(), () => [`Contact: ${DESK};expires=60`], first, policy, NOW + 5_000);
    expect(bindings).toMatchObject([{ foreign: false, flow: { address: '192.0.2.7' } }]);
  });

  it('never take more room than the user may have, and never that of a phone of ours', () => {
    const list = Array.from({ length: 30 }, (_, i) => `<sip:u1@198.51.100.${i}>;expires=60`).join(', ');
    const { bindings } = take(register(), (intent) => [
      `Contact: ${list}`,
      `Contact: ${shown(intent)};expires=60`,
    ]);
    expect(bindings).toHaveLength(10);
    expect(bindings.filter(({ foreign }) => !foreign)).toHaveLength(1);
  });

  it('are left out where they can not be read, and nothing else is lost by it', () => {
    const { bindings } = take(register(), (intent) => [
      `Contact: <mailto:u1@pbx.test>;expires=60, nonsense, <sip:u1@[>;expires=1, ${shown(intent)};expires=60`,
    ]);
    expect(uris(bindings)).toEqual(['sip:u1@192.0.2.7:5062']);
  });
});

describe('a query', () => {
  it('mirrors what the PBX lists and changes no flow', () => {
    const current = registered(MOBILE, registered(DESK));
    const { bindings } = take(registerOf([]), () => [`Contact: ${nameOf(current)};expires=30`], current);
    expect(bindings).toMatchObject([
      { uri: current[0]?.uri, flow: current[0]?.flow, callId: current[0]?.callId },
    ]);
  });
});

describe('with insertion Path or None', () => {
  const policy = policyWith({ insertion: 'Path' });

  it('a contact is found by comparison of URIs (§19.1.4)', () => {
    const { bindings } = take(
      register(),
      () => ['Contact: "x" <SIP:u1@192.0.2.7:5062;line=9>;expires=60'],
      [],
      policy,
    );
    expect(bindings).toMatchObject([{ uri: 'sip:u1@192.0.2.7:5062', foreign: false }]);
  });

  it('a contact with instance and reg-id is found by these (RFC 5626 §4.2)', () => {
    const outbound = ';+sip.instance="<urn:uuid:1>";reg-id=1';
    const { bindings } = take(
      register(`<sip:u1@192.0.2.7:5062>${outbound}`),
      () => [`Contact: <sip:u1@192.0.2.250:1>${outbound};expires=60`],
      [],
      policy,
    );
    expect(bindings).toMatchObject([{ uri: 'sip:u1@192.0.2.7:5062', foreign: false }]);
  });
});
