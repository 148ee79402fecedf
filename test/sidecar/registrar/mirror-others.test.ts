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

  it('stay with Auto where another endpoint has accepted them, of which this one need not know', () => {
    const there = mobile.map((binding) => ({ ...binding, upstream: 'spare' }));
    const alone = (intent: Parameters<typeof shown>[0]) => [`Contact: ${shown(intent)};expires=60`];
    const left = (replyContacts: 'Auto' | 'Complete', others: readonly string[]) =>
      take(register(), alone, there, policyWith({ replyContacts }), NOW, true, others).bindings.length;
    expect(left('Auto', ['spare'])).toBe(2);
    // Complete is the resource's word that each knows of all; and an endpoint that is no more knows of nothing.
    expect(left('Complete', ['spare'])).toBe(1);
    expect(left('Auto', [])).toBe(1);
    const all = take(
      registerOf(['Contact: *', 'Expires: 0']),
      () => [],
      there,
      policyWith({ replyContacts: 'Auto' }),
      NOW,
      true,
      ['spare'],
    );
    expect(all.bindings).toEqual([]);
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
