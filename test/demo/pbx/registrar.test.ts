import { describe, expect, it } from 'vitest';
import { type Binding, contactList, register } from '../../../demo/pbx/registrar.ts';
import { registerRequest } from './request.ts';

const LIMITS = { maxContactsPerUser: 2, grantedExpiresSeconds: 120 };
const NOW = 1_000_000;
const DESK = 'sip:alice@192.0.2.7:5062';
const MOBILE = 'sip:alice@192.0.2.8';

function accepted(held: Binding[], ...[contacts, options]: Parameters<typeof registerRequest>): Binding[] {
  const outcome = register(held, registerRequest(contacts, options), LIMITS, NOW);
  if (outcome.kind === 'refused') throw new Error(outcome.reason);
  return outcome.bindings;
}

describe('the registrar of the demo PBX', () => {
  it('takes a contact whose host differs only in case for the same one', () => {
    const held = accepted([], ['sip:alice@Desk.Example:5062']);
    expect(accepted(held, ['sip:alice@desk.example:5062'], { seq: 2 })).toHaveLength(1);
  });

  it('keeps a refreshed contact in its place', () => {
    const held = accepted([], [DESK, MOBILE]);
    const refreshed = accepted(held, [DESK], { seq: 2 });
    expect(refreshed.map(({ contact }) => contact)).toEqual([DESK, MOBILE]);
  });

  it('lets the parameter of a contact go before the Expires header', () => {
    const request = registerRequest([], {
      contact: [{ uri: DESK, params: { expires: '30', q: '0.5' } }],
      expires: '60',
    });
    const outcome = register([], request, LIMITS, NOW);
    expect(outcome.kind === 'accepted' && contactList(outcome.bindings, NOW)).toEqual([
      { uri: DESK, params: { q: '0.5', expires: '30' } },
    ]);
  });

  it('grants its usual expiry where the phone asks for something that is no number', () => {
    const [binding] = accepted([], [DESK], { expires: 'soon' });
    expect(binding?.expiresAt).toBe(NOW + 120_000);
  });

  it.each([
    ['a CSeq that is not higher', 1],
    ['a lower CSeq', 0],
  ])('refuses %s of the same Call-ID', (_, seq) => {
    const held = accepted([], [DESK]);
    expect(register(held, registerRequest([DESK], { seq }), LIMITS, NOW)).toMatchObject({ status: 500 });
  });

  it('takes any CSeq of another Call-ID, as a phone sends after a reboot', () => {
    const held = accepted([], [DESK], { seq: 9 });
    expect(accepted(held, [DESK], { callId: 'two', seq: 1 })).toMatchObject([{ callId: 'two', cseq: 1 }]);
  });

  it.each([
    ['beside another contact', ['*', DESK], '0'],
    ['without Expires: 0', ['*'], '60'],
  ])('refuses Contact * %s', (_, contacts, expires) => {
    expect(register([], registerRequest(contacts, { expires }), LIMITS, NOW)).toMatchObject({ status: 400 });
  });

  it('refuses a contact that is no SIP URI', () => {
    expect(register([], registerRequest(['tel:+4930']), LIMITS, NOW)).toMatchObject({ status: 400 });
  });

  it('counts only live contacts against the limit', () => {
    const held = accepted([], [DESK, MOBILE]);
    const third = registerRequest(['sip:alice@192.0.2.9'], { seq: 2 });
    expect(register(held, third, LIMITS, NOW)).toMatchObject({ status: 403 });
    expect(register(held, third, LIMITS, NOW + 121_000)).toMatchObject({ kind: 'accepted' });
  });

  it('keeps the Path that a contact was registered through', () => {
    const uri = { schema: 'sip', user: 'token', host: '192.0.2.1', port: 5060, params: { lr: null } };
    const path = [{ uri, params: {} }];
    expect(accepted([], [DESK], { path })).toMatchObject([{ path }]);
  });
});
