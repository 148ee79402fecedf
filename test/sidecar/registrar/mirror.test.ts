import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import {
  DESK,
  MOBILE,
  NOW,
  nameOf,
  policyWith,
  register,
  registered,
  registerOf,
  secondsLeft,
  shown,
  take,
  uris,
} from './support.ts';

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
