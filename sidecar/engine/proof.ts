import type { Millis } from '../effect.ts';
import type { Guard } from '../guard/guard.ts';
import type { TokenReader } from '../proxy/way.ts';
import { type Flow, sameFlow } from '../wire/flow.ts';
import { Header, type HeaderId } from '../wire/header.ts';
import { valueEnd } from '../wire/list.ts';
import type { SipMessage } from '../wire/message.ts';
import { parseUri } from '../wire/uri.ts';
import { parseNameAddr } from '../wire/value.ts';
import type { Context } from './room.ts';

interface Judges {
  readonly guard: Guard;
  readonly tokens: TokenReader;
  readonly now: Millis;
}

/**
 * Tells the guard of a datagram that proves where it came from, for it holds what we have sent there and nobody could guess: the
 * nonce of a challenge or, in its Route, the token of this very flow, which we wrote into the Record-Route of an answer.
 */
export function noteProof({ guard, tokens, now }: Judges, request: SipMessage, source: Flow): void {
  if (source.transport !== 'UDP') return;
  for (const id of [Header.Authorization, Header.ProxyAuthorization] as const)
    for (const nonce of noncesIn(request, id)) guard.answersChallenge(source, nonce, now);
  if (bearsToken(tokens, request, source)) guard.verify(source, now);
}

function bearsToken(tokens: TokenReader, request: SipMessage, source: Flow): boolean {
  const routes = request.value(Header.Route);
  if (routes === undefined) return false;
  const uri = parseUri(parseNameAddr(routes.slice(0, valueEnd(routes, 0)))?.uri ?? '');
  if (uri?.kind !== 'sip' || uri.user === undefined) return false;
  const flow = tokens.readFlow(uri.user);
  return flow !== undefined && sameFlow(flow, source);
}

/** A challenge is on its way back: who answers it can be told from who lies about where it is. */
export function noteChallenge(guard: Guard, { source }: Context, response: SipMessage): void {
  if (source.transport !== 'UDP' || (response.status !== 401 && response.status !== 407)) return;
  for (const id of [Header.WwwAuthenticate, Header.ProxyAuthenticate] as const)
    for (const nonce of noncesIn(response, id)) guard.challenge(source, nonce);
}

/** A challenge or an answer to one names few; more are not looked at. */
const MOST_LINES = 4;

function noncesIn(message: SipMessage, id: HeaderId): string[] {
  if (!message.has(id)) return [];
  return message
    .values(id)
    .slice(0, MOST_LINES)
    .flatMap((value) => nonceOf(value) ?? []);
}

/** The value of `nonce` in a challenge or in credentials (RFC 3261 §25.1, §20.44): always quoted. */
function nonceOf(value: string): string | undefined {
  const found = /[\s,]nonce\s*=\s*"([^"\\]{1,512})"/i.exec(value);
  return found?.[1];
}
