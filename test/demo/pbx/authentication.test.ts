import { describe, expect, it } from 'vitest';
import { Authenticator } from '../../../demo/pbx/authentication.ts';
import { answerChallenge } from '../../../demo/phone/credentials.ts';
import { respondTo, type SipRequest } from '../../../demo/wire/message.ts';
import { registerRequest } from './request.ts';

const NOW = 1_000_000_000;
const newAuthenticator = () =>
  new Authenticator({
    realm: 'pbx.test',
    passwordOf: (user) => (user === 'alice' ? 'right' : undefined),
    nonceLifetimeSeconds: 300,
  });

function signed(authenticator: Authenticator, user: string, password: string): SipRequest {
  const request = registerRequest(['sip:alice@192.0.2.7']);
  const verdict = authenticator.check(request, 'registrar', NOW);
  if (verdict.kind !== 'challenge') throw new Error(`no challenge: ${verdict.kind}`);
  const refusal = respondTo(request, 401, 'Unauthorized', 't', { 'www-authenticate': [verdict.challenge] });
  const again = answerChallenge(request, refusal, user, password);
  if (again === undefined) throw new Error('the challenge cannot be answered');
  return again;
}

describe('the digest of the demo PBX', () => {
  it('takes the right password', () => {
    const authenticator = newAuthenticator();
    const verdict = authenticator.check(signed(authenticator, 'alice', 'right'), 'registrar', NOW);
    expect(verdict).toEqual({ kind: 'authentic', user: 'alice' });
  });

  it.each([
    ['a wrong password', 'alice', 'wrong'],
    ['an unknown user', 'mallory', 'right'],
  ])('refuses %s', (_, user, password) => {
    const authenticator = newAuthenticator();
    const verdict = authenticator.check(signed(authenticator, user, password), 'registrar', NOW);
    expect(verdict).toEqual({ kind: 'wrong' });
  });

  it('challenges an old nonce anew and says that only the nonce is stale', () => {
    const authenticator = newAuthenticator();
    const request = signed(authenticator, 'alice', 'right');
    const verdict = authenticator.check(request, 'registrar', NOW + 301_000);
    expect(verdict).toMatchObject({ kind: 'challenge', challenge: { stale: 'TRUE' } });
  });

  it('does not call a nonce stale when the password was wrong too', () => {
    const authenticator = newAuthenticator();
    const request = signed(authenticator, 'alice', 'wrong');
    expect(authenticator.check(request, 'registrar', NOW + 301_000)).toEqual({ kind: 'wrong' });
  });

  it('challenges a nonce that it did not make', () => {
    const request = signed(newAuthenticator(), 'alice', 'right');
    expect(newAuthenticator().check(request, 'registrar', NOW)).toMatchObject({ kind: 'challenge' });
  });

  it.each(['bm90LW91cnM7', 'x', ''])('challenges the nonce "%s" that is none', (nonce) => {
    const request = signed(newAuthenticator(), 'alice', 'right');
    const [credentials] = request.headers.authorization ?? [];
    const authorization = [{ scheme: 'Digest', ...credentials, nonce: `"${nonce}"` }];
    const asked = { ...request, headers: { ...request.headers, authorization } };
    expect(newAuthenticator().check(asked, 'registrar', NOW)).toMatchObject({ kind: 'challenge' });
  });
});

describe('a challenge that the package cannot answer', () => {
  it('is left unanswered', () => {
    const request = registerRequest(['sip:alice@192.0.2.7']);
    const challenge = { scheme: 'Digest', realm: '"pbx.test"', nonce: '"n"', algorithm: 'SHA-256' };
    const refusal = respondTo(request, 401, 'Unauthorized', 't', { 'www-authenticate': [challenge] });
    expect(answerChallenge(request, refusal, 'alice', 'right')).toBeUndefined();
  });
});
