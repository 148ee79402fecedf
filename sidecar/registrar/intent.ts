import { type Flow, isSecure } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { aorKey, asSip, isSips, param, parseUri, printUri, type SipUri } from '../wire/uri.ts';
import { type NameAddr, parseNameAddr } from '../wire/value.ts';
import { type Binding, isOutbound, outboundOf } from './binding.ts';
import { askedSeconds } from './expiry.ts';
import { type FirstHop, firstHop, namesOutbound } from './outbound.ts';
import type { Tokens } from './token.ts';

/** `spec.registration`, and the domains that are served. */
export interface RegisterPolicy {
  readonly domains: ReadonlySet<string>;
  readonly insertion: 'Contact' | 'Path' | 'None';
  readonly minExpiresSeconds: number;
  readonly maxExpiresSeconds: number;
  readonly maxContactsPerAor: number;
  readonly replyContacts: 'Auto' | 'Complete' | 'Partial';
  readonly foreignContacts: 'Keep' | 'Ignore';
  /** How long a phone's flow may be without a keep-alive (RFC 5626 §5.4); 0: nothing is told. */
  readonly flowTimerSeconds: number;
  /** How long a stream may be silent. */
  readonly idleSeconds: number;
}

/** One contact that a REGISTER asks for. */
export interface AskedContact {
  /** Its name-addr as the phone wrote it, in brackets, without parameters. */
  readonly contact: string;
  readonly uri: SipUri;
  readonly uriText: string;
  /** Raw, `expires` among them. */
  readonly params: string;
  readonly token: string;
  readonly expiresSeconds: number;
  readonly q: number;
  readonly instance: string;
  readonly regId: number;
}

/** What a REGISTER asks for, and of whom. */
export interface RegisterIntent {
  readonly aor: string;
  /** `Contact: *` (§10.2.2): all are to go; there are no contacts then, as for a query. */
  readonly removesAll: boolean;
  readonly contacts: readonly AskedContact[];
  readonly callId: string;
  readonly cseq: number;
  readonly flow: Flow;
  /** Path values of proxies between the phone and us, topmost first. */
  readonly path: readonly string[];
  /** Who names the flow of a contact with instance and reg-id (RFC 5626 §5.1); `no` where there is none such, or no flow. */
  readonly outbound: FirstHop;
  /** The phone asks that its flows be kept apart: what it is told of that, it goes by. */
  readonly asksOutbound: boolean;
  readonly userAgent: string;
  /** When the REGISTER came, in ms. */
  readonly receivedAt: number;
}

/** Why a REGISTER goes no further: what the phone is to be told. `why` is a sentence, `extra` further header lines with CRLF. */
export interface Refused {
  readonly status: 400 | 403 | 404 | 423 | 439;
  readonly why: string;
  readonly extra: string;
}

/** Longer than any phone's; what is kept of each contact is bounded by it. */
const LONGEST_VALUE = 2048;
const LONGEST_USER_AGENT = 128;
const MOST_PATHS = 8;

const refused = (status: Refused['status'], why: string, extra = ''): Refused => ({ status, why, extra });

/** The AoR that a REGISTER is for: its To (§10.3 steps 1 and 5). */
export function registeringAor(request: SipMessage, policy: RegisterPolicy): string | Refused {
  const uri = parseUri(request.to()?.uri ?? '');
  if (uri?.kind !== 'sip') return refused(400, 'the To is no SIP URI that can be registered for');
  if (!policy.domains.has(uri.host)) return refused(404, `${uri.host} is not a domain served here`);
  if (uri.user === undefined) return refused(400, 'the To names no user to register for');
  const aor = aorKey(uri);
  return aor.length > LONGEST_VALUE ? refused(400, 'the To is too long') : aor;
}

/**
 * Reads what a REGISTER asks for, given what the AoR has (§10.3 steps 6 and 7); or why it is refused here. A contact
 * that the AoR has keeps its token.
 */
export function readRegister(
  request: SipMessage,
  aor: string,
  source: Flow,
  policy: RegisterPolicy,
  known: readonly Binding[],
  tokens: Tokens,
  now: number,
): RegisterIntent | Refused {
  const values = request.list(Header.Contact);
  const expires = request.value(Header.Expires);
  const removesAll = values.includes('*');
  // §10.3 step 6.
  if (removesAll && (values.length > 1 || askedSeconds('', expires) !== 0 || expires === undefined))
    return refused(400, 'Contact * stands alone and with Expires: 0');
  if (values.length > policy.maxContactsPerAor) return tooMany(policy, aor);
  const path = request.list(Header.Path);
  const wantsFlow = values.some((value) => MAY_HAVE_REG_ID.test(value));
  const outbound = wantsFlow ? firstHop(request) : 'no';
  const asksOutbound = wantsFlow && namesOutbound(request);
  // RFC 5626 §6: where the PBX sees our contacts, we are the registrar of the phone's flows.
  if (asksOutbound && outbound === 'no' && policy.insertion === 'Contact')
    return refused(439, 'the first proxy that the phone has reached does not name its flow (RFC 5626)');
  const contacts = removesAll
    ? NO_CONTACTS
    : readContacts(values, aor, expires, known, tokens, outbound !== 'no');
  if ('status' in contacts) return contacts;
  if (path.length > MOST_PATHS || path.some((value) => value.length > LONGEST_VALUE))
    return refused(400, 'the Path is too long');
  if (request.callId().length > LONGEST_VALUE) return refused(400, 'the Call-ID is too long');
  return (
    severalFlows(contacts) ??
    insecure(contacts, source, path) ??
    tooBrief(contacts, policy) ??
    tooManyInAll(contacts, known, policy, aor, now) ?? {
      aor,
      removesAll,
      contacts,
      callId: request.callId(),
      cseq: request.cseq()?.number ?? 0,
      flow: source,
      path,
      outbound: contacts.some(isOutbound) ? outbound : 'no',
      asksOutbound,
      userAgent: (request.value(Header.UserAgent) ?? '').slice(0, LONGEST_USER_AGENT),
      receivedAt: now,
    }
  );
}

const NO_CONTACTS: readonly AskedContact[] = [];

/** Nearly no Contact does, and then nothing more is read for it. */
const MAY_HAVE_REG_ID = /;\s*reg-id/i;

/** RFC 5626 §6: one REGISTER is for one flow, so no contact can stay beside one with a reg-id. */
function severalFlows(contacts: readonly AskedContact[]): Refused | undefined {
  if (contacts.length < 2 || !contacts.some(isOutbound)) return undefined;
  const staying = contacts.filter(({ expiresSeconds }) => expiresSeconds > 0);
  if (staying.length < 2 || !staying.some(isOutbound)) return undefined;
  return refused(400, 'a contact with a reg-id stands for one flow, and alone in its REGISTER (RFC 5626)');
}

/** RFC 5630 §5.2: no contact is reachable by sips: over a way that is not secure. */
function insecure(
  contacts: readonly AskedContact[],
  source: Flow,
  path: readonly string[],
): Refused | undefined {
  if (!contacts.some(({ uri, expiresSeconds }) => uri.scheme === 'sips' && expiresSeconds > 0))
    return undefined;
  if (isSecure(source.transport) && path.every((value) => isSips(parseNameAddr(value)?.uri ?? '')))
    return undefined;
  return refused(400, `a sips: contact can not be registered over ${source.transport} (RFC 5630)`);
}

function readContacts(
  values: readonly string[],
  aor: string,
  expires: string | undefined,
  known: readonly Binding[],
  tokens: Tokens,
  hasFlow: boolean,
): readonly AskedContact[] | Refused {
  let contacts: AskedContact[] | undefined;
  for (const value of values) {
    const address = value.length > LONGEST_VALUE ? undefined : parseNameAddr(value);
    if (address === undefined) return refused(400, 'a Contact can not be read');
    const uri = parseUri(address.uri);
    if (uri === undefined) return refused(400, 'the URI of a Contact can not be read');
    // A contact of another scheme is the PBX's to reach: nothing is put in its place.
    if (uri.kind !== 'sip') continue;
    const asked = askedContact(aor, address, uri, expires, known, tokens, hasFlow);
    if (contacts === undefined) contacts = [asked];
    else contacts.push(asked);
  }
  return contacts ?? NO_CONTACTS;
}

function askedContact(
  aor: string,
  address: NameAddr,
  uri: SipUri,
  expires: string | undefined,
  known: readonly Binding[],
  tokens: Tokens,
  hasFlow: boolean,
): AskedContact {
  const { display, params } = address;
  const { instance, regId } = outboundOf(params, hasFlow);
  return {
    contact: `${display}${display === '' ? '' : ' '}<${address.uri}>`,
    uri,
    uriText: address.uri,
    params,
    token: tokenOf(aor, uri, address.uri, instance, regId, known, tokens),
    expiresSeconds: askedSeconds(params, expires),
    q: qOf(params),
    instance,
    regId,
  };
}

/**
 * The name that the PBX knows the contact by: one an instance and flow where it has them (RFC 5626 §4.2), else one a URI,
 * whose scheme does not count: the sips: contact of a phone takes the place of its sip: one (RFC 5630 §5.1.1.1).
 */
function tokenOf(
  aor: string,
  uri: SipUri,
  text: string,
  instance: string,
  regId: number,
  known: readonly Binding[],
  tokens: Tokens,
): string {
  const byInstance = isOutbound({ instance, regId });
  const plain = asSip(text);
  for (const binding of known) {
    if (binding.foreign) continue;
    if (byInstance ? binding.instance === instance && binding.regId === regId : asSip(binding.uri) === plain)
      return binding.token;
  }
  return tokens.binding(aor, byInstance ? `${instance} ${regId}` : asSip(printUri(uri)));
}

/** §20.10: 0 to 1; one that is no such number says nothing. */
export function qOf(params: string): number {
  const text = param(params, 'q');
  if (text === undefined || text === '') return 1;
  const q = Number(text);
  return q >= 0 && q <= 1 ? q : 1;
}

/** §10.3 step 7: 423 only for what is neither a removal nor an hour or more. */
function tooBrief(contacts: readonly AskedContact[], policy: RegisterPolicy): Refused | undefined {
  const least = policy.minExpiresSeconds;
  const isBrief = ({ expiresSeconds }: AskedContact): boolean =>
    expiresSeconds > 0 && expiresSeconds < 3600 && expiresSeconds < least;
  if (!contacts.some(isBrief)) return undefined;
  const why = `registration.minExpiresSeconds is ${least}`;
  return refused(423, why, `Min-Expires: ${least}\r\n`);
}

const tooMany = (policy: RegisterPolicy, aor: string): Refused =>
  refused(403, `registration.maxContactsPerAor is ${policy.maxContactsPerAor}: ${aor} would have more`);

/** Whether the AoR would have more contacts through us than allowed; foreign ones make room in `mirror`. */
function tooManyInAll(
  contacts: readonly AskedContact[],
  known: readonly Binding[],
  policy: RegisterPolicy,
  aor: string,
  now: number,
): Refused | undefined {
  if (known.length + contacts.length <= policy.maxContactsPerAor) return undefined;
  const asked = new Set<string>();
  for (const { token, expiresSeconds } of contacts) if (expiresSeconds > 0) asked.add(token);
  if (asked.size === 0) return undefined;
  const leaving = new Set(contacts.map(({ token }) => token));
  const staying = known.filter(
    ({ foreign, token, expiresAt }) => !foreign && expiresAt > now && !leaving.has(token),
  );
  return staying.length + asked.size > policy.maxContactsPerAor ? tooMany(policy, aor) : undefined;
}
