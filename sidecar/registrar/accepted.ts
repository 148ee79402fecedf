import type { SipMessage } from '../wire/message.ts';
import { param } from '../wire/uri.ts';
import type { NameAddr } from '../wire/value.ts';
import { type Binding, detached } from './binding.ts';
import { grantedSeconds, localExpiry } from './expiry.ts';
import { type AskedContact, qOf, type RegisterIntent, type RegisterPolicy } from './intent.ts';

/** The PBX's 2xx to a REGISTER, and what is known when it is taken over. */
export interface Reply {
  readonly response: SipMessage;
  /** When it arrived, in ms. */
  readonly arrivedAt: number;
  /** Name of the endpoint that gave it. */
  readonly upstream: string;
  /** Names of the other endpoints that there are, which may know of contacts that this one has never heard of. */
  readonly otherUpstreams: readonly string[];
  /** This PBX has been seen to list an AoR's other contacts (registration.replyContacts: Auto). */
  readonly hasListedOthers: boolean;
  /** A later REGISTER of the same phone has removed what this one asked for. */
  readonly isOvertaken: boolean;
}

/** How long a contact lives here that the PBX has granted `seconds`: never longer than there. */
export const expiryOf = (seconds: number, { arrivedAt }: Reply, policy: RegisterPolicy): number =>
  localExpiry(Math.min(seconds, policy.maxExpiresSeconds), arrivedAt);

/** What a contact of this REGISTER has been granted (in seconds, 0: it is gone), by how the PBX lists it. */
export const grantedToAsked = (asked: AskedContact, listed: NameAddr, response: SipMessage): number =>
  grantedSeconds(listed.params, response, asked.expiresSeconds);

/** The binding that a contact of this REGISTER becomes; `held` is what it was, if it was one. */
export function acceptedBinding(
  asked: AskedContact,
  intent: RegisterIntent,
  held: Binding | undefined,
  upstream: string,
  acceptedAt: number,
  expiresAt: number,
): Binding {
  const methods = param(asked.params, 'methods') ?? '';
  return {
    aor: held?.aor ?? detached(intent.aor),
    uri: detached(asked.uriText, held?.uri),
    contact: detached(asked.contact, held?.contact),
    token: asked.token,
    flow: intent.flow,
    path: intent.path.length === 0 ? NO_PATH : intent.path.map((value) => detached(value)),
    expiresAt,
    q: asked.q,
    instance: detached(asked.instance, held?.instance),
    regId: asked.regId,
    userAgent: detached(intent.userAgent, held?.userAgent),
    methods: detached(methods, held?.methods),
    callId: detached(intent.callId, held?.callId),
    cseq: intent.cseq,
    acceptedAt,
    upstream,
    foreign: false,
  };
}

const NO_PATH: readonly string[] = [];

/** The binding of a contact that the PBX lists and that did not come through us. */
export function foreignBinding(
  aor: string,
  { uri, params }: NameAddr,
  upstream: string,
  acceptedAt: number,
  expiresAt: number,
): Binding {
  return {
    aor: detached(aor),
    uri: detached(uri),
    contact: detached(`<${uri}>`),
    token: '',
    flow: undefined,
    path: NO_PATH,
    expiresAt,
    q: qOf(params),
    instance: detached(param(params, '+sip.instance') ?? ''),
    regId: 0,
    userAgent: '',
    methods: '',
    callId: '',
    cseq: 0,
    acceptedAt,
    upstream,
    foreign: true,
  };
}
