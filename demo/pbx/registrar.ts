import { type NameAddr, type Params, parseUri, type RouteEntry } from 'sip';
import type { SipRequest } from '../wire/message.ts';

/** One contact that the PBX holds for a user; `expiresAt` is in milliseconds. */
export interface Binding {
  contact: string;
  params: Params;
  path: RouteEntry[];
  expiresAt: number;
  callId: string;
  cseq: number;
}

export interface RegistrarLimits {
  maxContactsPerUser: number;
  grantedExpiresSeconds: number;
}

export type Registration =
  | { kind: 'accepted'; bindings: Binding[] }
  | { kind: 'refused'; status: number; reason: string };

type Update = { kind: 'updated'; bindings: Binding[] } | { kind: 'refused'; status: number; reason: string };

/**
 * §10.3: what a user's bindings are after this (already authenticated) REGISTER. All or nothing: a refused request
 * leaves `held` as it was.
 */
export function register(
  held: readonly Binding[],
  request: SipRequest,
  limits: RegistrarLimits,
  now: number,
): Registration {
  const live = liveBindings(held, now);
  const contacts = contactsOf(request);
  // §10.3 step 6: `*` stands alone, and only to remove.
  if (contacts.some(isStar)) return removeAll(live, contacts, request);
  let bindings = live;
  for (const contact of contacts) {
    const update = applyContact(bindings, contact, request, limits, now);
    if (update.kind === 'refused') return update;
    bindings = update.bindings;
  }
  if (bindings.length > limits.maxContactsPerUser && bindings.length > live.length) {
    return refused(403, `Contact limit reached (${limits.maxContactsPerUser} per user)`);
  }
  return { kind: 'accepted', bindings };
}

export function liveBindings(bindings: readonly Binding[], now: number): Binding[] {
  return bindings.filter((binding) => binding.expiresAt > now);
}

/** §10.3 step 8: the Contact values of the 200, each with the seconds it has left. */
export function contactList(bindings: readonly Binding[], now: number): NameAddr[] {
  return bindings.map(({ contact, params, expiresAt }) => ({
    uri: contact,
    params: { ...params, expires: String(Math.ceil((expiresAt - now) / 1000)) },
  }));
}

/** §19.1.4, as far as contacts need it: user, host (any case), port and transport. */
export function contactKey(contact: string): string | undefined {
  const uri = parseUri(contact);
  if (uri === undefined) return undefined;
  const transport = (uri.params.transport ?? '').toLowerCase();
  return `${uri.user ?? ''}@${uri.host.toLowerCase()}:${uri.port || ''};${transport}`;
}

function contactsOf(request: SipRequest): NameAddr[] {
  const contact = request.headers.contact ?? [];
  return contact === '*' ? [{ uri: '*', params: {} }] : contact;
}

const isStar = (contact: NameAddr): boolean => contact.uri === '*';

function removeAll(live: Binding[], contacts: NameAddr[], request: SipRequest): Registration {
  if (contacts.length !== 1) return refused(400, 'Contact * must stand alone');
  if (request.headers.expires?.trim() !== '0') return refused(400, 'Contact * needs Expires: 0');
  if (live.some((binding) => isOutOfOrder(binding, request))) return refused(500, 'CSeq out of order');
  return { kind: 'accepted', bindings: [] };
}

function applyContact(
  bindings: Binding[],
  contact: NameAddr,
  request: SipRequest,
  limits: RegistrarLimits,
  now: number,
): Update {
  const key = contactKey(contact.uri);
  if (key === undefined) return refused(400, 'Contact is not a readable SIP URI');
  const index = bindings.findIndex((binding) => contactKey(binding.contact) === key);
  const held = bindings[index];
  // §10.3 step 7: an older request of the same Call-ID must not undo a newer one.
  if (held !== undefined && isOutOfOrder(held, request)) return refused(500, 'CSeq out of order');
  const seconds = Math.min(askedSeconds(contact, request, limits), limits.grantedExpiresSeconds);
  const others = bindings.filter((_, place) => place !== index);
  if (seconds === 0) return { kind: 'updated', bindings: others };
  const { expires: _asked, ...params } = contact.params;
  const binding: Binding = {
    contact: contact.uri,
    params,
    path: request.headers.path ?? [],
    expiresAt: now + seconds * 1000,
    callId: request.headers['call-id'],
    cseq: request.headers.cseq.seq,
  };
  return {
    kind: 'updated',
    bindings: held === undefined ? [...bindings, binding] : bindings.with(index, binding),
  };
}

function isOutOfOrder(held: Binding, request: SipRequest): boolean {
  return held.callId === request.headers['call-id'] && held.cseq >= request.headers.cseq.seq;
}

/** §10.2.1.1: the contact's own parameter, else the Expires header, else what the registrar likes. */
function askedSeconds(contact: NameAddr, request: SipRequest, limits: RegistrarLimits): number {
  const asked = contact.params.expires ?? request.headers.expires?.trim();
  return asked !== undefined && /^\d{1,10}$/.test(asked) ? Number(asked) : limits.grantedExpiresSeconds;
}

function refused(status: number, reason: string) {
  return { kind: 'refused', status, reason } as const;
}
