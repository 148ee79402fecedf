import { randomBytes } from 'node:crypto';
import type { AuthParams, Request } from 'sip';
import { authenticateRequest, extractNonceTimestamp, generateNonce } from 'sip/digest.js';
import type { SipRequest } from '../wire/message.ts';

export type Verdict =
  | { kind: 'authentic'; user: string }
  | { kind: 'wrong' }
  | { kind: 'challenge'; challenge: AuthParams };

/** Which pair of headers a challenge and its credentials travel in: 401 for our own service, 407 for forwarding. */
export type AuthRole = 'registrar' | 'proxy';

export interface AuthenticatorOptions {
  realm: string;
  passwordOf: (user: string) => string | undefined;
  nonceLifetimeSeconds: number;
}

/** Checks digest credentials (§22, RFC 2617 with qop=auth). Nonces carry their own time, so nothing is kept. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #secret = randomBytes(16).toString('hex');

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** Unknown users and wrong passwords look alike, so that nobody can list the users. `now` is in milliseconds. */
  check(request: SipRequest, role: AuthRole, now: number): Verdict {
    const { realm, passwordOf } = this.#options;
    const credentials = this.#credentialsFor(request, role);
    const nonce = unquoted(credentials?.nonce);
    const madeAt = this.#nonceTime(nonce);
    if (credentials === undefined || nonce === undefined || madeAt === undefined) return this.#challenge(now);
    const user = unquoted(credentials.username) ?? '';
    const password = passwordOf(user);
    const proxy = role === 'proxy';
    // The package counts the nonce up by itself before it hashes.
    const nc = Number.parseInt(credentials.nc ?? '1', 16) - 1;
    const asked: Request = { ...request, headers: { ...request.headers } };
    const right =
      password !== undefined && authenticateRequest({ realm, nonce, nc, proxy }, asked, { user, password });
    if (!right) return { kind: 'wrong' };
    // RFC 2617 §3.2.1: stale tells the phone that only the nonce is old, so it need not ask its user again.
    if (now - madeAt > this.#options.nonceLifetimeSeconds * 1000) return this.#challenge(now, 'TRUE');
    return { kind: 'authentic', user };
  }

  #credentialsFor(request: SipRequest, role: AuthRole): AuthParams | undefined {
    const all = role === 'proxy' ? request.headers['proxy-authorization'] : request.headers.authorization;
    return all?.find((c) => c.scheme.toLowerCase() === 'digest' && unquoted(c.realm) === this.#options.realm);
  }

  #nonceTime(nonce: string | undefined): number | undefined {
    if (nonce === undefined) return undefined;
    try {
      return extractNonceTimestamp(nonce, this.#secret)?.getTime();
    } catch {
      return undefined;
    }
  }

  #challenge(now: number, stale?: string): Verdict {
    const nonce = generateNonce(this.#secret, new Date(now));
    const challenge = {
      scheme: 'Digest',
      realm: `"${this.#options.realm}"`,
      nonce: `"${nonce}"`,
      qop: '"auth"',
      algorithm: 'MD5',
      stale,
    };
    return { kind: 'challenge', challenge };
  }
}

function unquoted(value: string | undefined): string | undefined {
  return value?.replace(/^"(.*)"$/, '$1');
}
