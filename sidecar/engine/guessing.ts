import type { Attempt } from '../guard/failures.ts';
import { type Refusal, refuse } from '../proxy/refusal.ts';
import type { Binding } from '../registrar/binding.ts';
import { sameFlow } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { aorKey, parseUri } from '../wire/uri.ts';
import type { Hall } from './hall.ts';
import type { Context } from './room.ts';

/**
 * Whether a request is held back because passwords were guessed too often for its user, or from where it comes: whether it is a
 * phone over the flow that it is registered by is still to be asked, and `guessJudged` goes on from there.
 */
export function holdGuess(hall: Hall, context: Context): boolean {
  const { guard, now } = hall;
  if (!guard.failures.isActive(now) || !mayBeGuess(context)) return false;
  const attempt = attemptOf(hall, context);
  if (attempt === undefined) return false;
  const wait = guard.failures.blockedFor(attempt, now);
  if (wait === 0) return false;
  hall.lookup('aor', attempt.aor, { kind: 'guess', context, wait });
  return true;
}

/** Whether the request may go on: it comes over a flow that the very user is registered by. */
export const isOwner = (hall: Hall, { source }: Context, bindings: readonly Binding[]): boolean =>
  bindings.some(
    ({ flow, expiresAt }) => flow !== undefined && expiresAt > hall.now && sameFlow(flow, source),
  );

/** §21.4.4; §20.33: phones that know it here wait that long, others treat it as the PBX's own refusal. */
export function tooManyFailures(hall: Hall, { request, source }: Context, waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1000);
  hall.counters.event('guess_refused');
  hall.note({
    level: 'warn',
    event: 'guess refused',
    method: request.method,
    aor: request.method === 'REGISTER' ? (request.to()?.uri ?? '') : (request.from()?.uri ?? ''),
    source: `${source.transport} ${source.address}:${source.port}`,
  });
  return refuse(403, `too many failures, heard again in ${seconds} s`, `Retry-After: ${seconds}\r\n`);
}

/** The PBX's final answer to a request with credentials is counted as what it says of them. */
export function noteAttempt(hall: Hall, context: Context, response: SipMessage): void {
  if (!mayBeGuess(context)) return;
  const { failures } = hall.guard;
  const isFailure = isRefusal(context.request, response) && !isStale(response);
  if (!isFailure && (response.status >= 300 || failures.isEmpty)) return;
  const attempt = attemptOf(hall, context);
  if (attempt === undefined) return;
  if (!isFailure) return failures.succeeded(attempt);
  hall.counters.event('credentials_refused');
  failures.failed(attempt, hall.now);
}

/** Whether a phone's request has credentials; those of an ACK or CANCEL nobody looks at (§22.1). */
const mayBeGuess = ({ request, fromUpstream }: Context): boolean =>
  !fromUpstream &&
  (request.has(Header.Authorization) || request.has(Header.ProxyAuthorization)) &&
  request.method !== 'ACK' &&
  request.method !== 'CANCEL';

/** A 404 says of a REGISTER that there is no such user, of a call only that there is no such number. */
const isRefusal = ({ method }: SipMessage, { status }: SipMessage): boolean =>
  status === 401 || status === 403 || status === 407 || (status === 404 && method === 'REGISTER');

/** RFC 2617 §3.2.1: the password was right, the nonce too old. */
const isStale = (response: SipMessage): boolean =>
  [Header.WwwAuthenticate, Header.ProxyAuthenticate].some((id) =>
    response.values(id).some((value) => /[\s,]stale\s*=\s*"?true\b/i.test(value)),
  );

/** Whose password is tried (who registers, or who calls), and from where; undefined if that is nobody of a served domain, or no bound holds for the source. */
function attemptOf(hall: Hall, { request, source, room }: Context): Attempt | undefined {
  const aor = room?.kind === 'register' ? room.intent.aor : triedAor(hall, request);
  return aor === undefined ? undefined : hall.guard.attempt(aor, source, hall.now);
}

function triedAor({ config }: Hall, request: SipMessage): string | undefined {
  const party = request.method === 'REGISTER' ? request.to() : request.from();
  const uri = parseUri(party?.uri ?? '');
  return uri?.kind === 'sip' && uri.user !== undefined && config.domains.has(uri.host)
    ? aorKey(uri)
    : undefined;
}
