import { describe, expect, it } from 'vitest';
import { registeringAor } from '../../../sidecar/registrar/intent.ts';
import { read, requestText } from '../../support/sip-text.ts';
import { ask, intentOf, NOW, policyWith, registered, registerOf } from './support.ts';

const aorOf = (to: string) => registeringAor(read(requestText({ method: 'REGISTER', to })), policyWith());
const refusal = (
  headers: string[],
  current: ReturnType<typeof registered> = [],
  policy: ReturnType<typeof policyWith> = policyWith(),
) => {
  const asked = ask(registerOf(headers), current, policy);
  return 'status' in asked ? asked : undefined;
};

describe('whom a REGISTER is for', () => {
  it.each([
    ['sip:u1@pbx.test', 'u1@pbx.test'],
    ['sip:u1@PBX.Test', 'u1@pbx.test'],
    ['sips:u1@pbx.test', 'u1@pbx.test'],
    ['<sip:u1:secret@pbx.test:5080;transport=tcp>;tag=x', 'u1@pbx.test'],
    ['sip:U1@pbx.test', 'U1@pbx.test'],
    ['sip:%75%31@pbx.test', 'u1@pbx.test'],
    ['sip:a%20b@pbx.test', 'a b@pbx.test'],
  ])('is told by its To: %s is %s', (to, aor) => {
    expect(aorOf(to)).toBe(aor);
  });

  it.each([
    ['sip:u1@elsewhere.test', 404],
    ['sip:pbx.test', 400],
    ['tel:+1234', 400],
    [`sip:${'x'.repeat(3000)}@pbx.test`, 400],
  ])('is nobody here for %s: %i', (to, status) => {
    expect(aorOf(to)).toMatchObject({ status });
  });
});

describe('the contacts that a REGISTER asks for', () => {
  it('are read from several lines and from lists, mixed, in their order', () => {
    const { contacts } = intentOf(
      registerOf([
        'Contact: <sip:u1@192.0.2.7>;q=0.5, "Desk, 2nd" <sip:u1@192.0.2.8;ob>;expires=60',
        'm: sip:u1@192.0.2.9;expires=0',
        'Expires: 120',
      ]),
    );
    expect(contacts.map(({ contact }) => contact)).toEqual([
      '<sip:u1@192.0.2.7>',
      '"Desk, 2nd" <sip:u1@192.0.2.8;ob>',
      '<sip:u1@192.0.2.9>',
    ]);
    expect(contacts.map(({ expiresSeconds }) => expiresSeconds)).toEqual([120, 60, 0]);
    expect(contacts.map(({ q }) => q)).toEqual([0.5, 1, 1]);
  });

  it('are none for a query', () => {
    expect(intentOf(registerOf([]))).toMatchObject({ contacts: [], removesAll: false });
  });

  it('are all for a star with Expires 0', () => {
    expect(intentOf(registerOf(['Contact: *', 'Expires: 0']))).toMatchObject({
      contacts: [],
      removesAll: true,
    });
  });

  it.each([
    [['Contact: *']],
    [['Contact: *', 'Expires: 60']],
    [['Contact: *, <sip:u1@192.0.2.7>', 'Expires: 0']],
    [['Contact: <sip:u1@192.0.2.7>', 'Contact: *', 'Expires: 0']],
    [['Contact: *, *', 'Expires: 0']],
    [['Contact: <sip:u1@192.0.2.7']],
    [['Contact: <sip:u1@[::1>']],
    [['Contact: nonsense']],
    [[`Contact: <sip:${'x'.repeat(3000)}@192.0.2.7>`]],
    [[`Path: ${Array.from({ length: 9 }, (_, i) => `<sip:p${i};lr>`).join(', ')}`]],
  ])('make it refused with 400 where they are %j', (headers) => {
    expect(refusal(headers)).toMatchObject({ status: 400 });
  });

  it('are not ours to touch where they are of another scheme', () => {
    expect(intentOf(registerOf(['Contact: <mailto:u1@pbx.test>, <sip:u1@192.0.2.7>'])).contacts).toHaveLength(
      1,
    );
  });

  it('have a name by instance and reg-id where they have both, whatever their URI', () => {
    const withPort = (port: number) =>
      intentOf(registerOf([`Contact: <sip:u1@192.0.2.7:${port}>;+sip.instance="<urn:uuid:1>";reg-id=1`]))
        .contacts[0];
    expect(withPort(5062)?.token).toBe(withPort(40_000)?.token);
    expect(withPort(5062)).toMatchObject({ instance: '<urn:uuid:1>', regId: 1 });
  });

  it('keep the name that the PBX knows them by', () => {
    const known = registered('<sip:u1@192.0.2.7>').map((binding) => ({ ...binding, token: 'kept' }));
    expect(intentOf(registerOf(['Contact: <sip:u1@192.0.2.7>']), known).contacts[0]?.token).toBe('kept');
  });
});

describe('registration.maxContactsPerAor', () => {
  const policy = policyWith({ maxContactsPerAor: 2 });
  const two = registered('<sip:u1@192.0.2.8>', registered('<sip:u1@192.0.2.7>'));

  it('refuses a REGISTER with more contacts with 403', () => {
    const headers = [1, 2, 3].map((i) => `Contact: <sip:u1@192.0.2.${i}>`);
    expect(refusal(headers, [], policy)).toMatchObject({ status: 403 });
  });

  it('refuses a contact more than the user may have with 403', () => {
    expect(refusal(['Contact: <sip:u1@192.0.2.9>'], two, policy)).toMatchObject({ status: 403 });
  });

  it('lets a contact be refreshed, removed, or replaced by another in one REGISTER', () => {
    expect(refusal(['Contact: <sip:u1@192.0.2.7>'], two, policy)).toBeUndefined();
    expect(refusal(['Contact: <sip:u1@192.0.2.7>;expires=0'], two, policy)).toBeUndefined();
    expect(
      refusal(['Contact: <sip:u1@192.0.2.7>;expires=0, <sip:u1@192.0.2.9>'], two, policy),
    ).toBeUndefined();
  });

  it('counts neither what has expired nor what is foreign', () => {
    const headers = ['Contact: <sip:u1@192.0.2.9>'];
    expect(
      refusal(
        headers,
        two.map((one) => ({ ...one, expiresAt: NOW })),
        policy,
      ),
    ).toBeUndefined();
    expect(
      refusal(
        headers,
        two.map((one) => ({ ...one, foreign: true })),
        policy,
      ),
    ).toBeUndefined();
  });
});

describe('registration.minExpiresSeconds', () => {
  const policy = policyWith({ minExpiresSeconds: 300 });

  it('answers what is briefer with 423 and Min-Expires', () => {
    expect(refusal(['Contact: <sip:u1@192.0.2.7>;expires=299'], [], policy)).toMatchObject({
      status: 423,
      extra: 'Min-Expires: 300\r\n',
    });
  });

  it.each([0, 300, 3600])('lets %i pass', (seconds) => {
    expect(refusal([`Contact: <sip:u1@192.0.2.7>;expires=${seconds}`], [], policy)).toBeUndefined();
  });

  it('never refuses an hour or more (§10.3 step 7)', () => {
    const strict = policyWith({ minExpiresSeconds: 7200 });
    expect(refusal(['Contact: <sip:u1@192.0.2.7>;expires=3600'], [], strict)).toBeUndefined();
  });
});

it('keeps what the proxies in front of us put into the Path', () => {
  const { path } = intentOf(registerOf(['Path: <sip:edge1;lr>, <sip:edge2;lr>', 'Path: <sip:edge3;lr>']));
  expect(path).toEqual(['<sip:edge1;lr>', '<sip:edge2;lr>', '<sip:edge3;lr>']);
});
