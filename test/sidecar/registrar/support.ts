import type { Reply } from '../../../sidecar/registrar/accepted.ts';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import {
  type Refused,
  type RegisterIntent,
  type RegisterPolicy,
  readRegister,
} from '../../../sidecar/registrar/intent.ts';
import { readListed } from '../../../sidecar/registrar/listed.ts';
import { type Mirrored, mirror } from '../../../sidecar/registrar/mirror.ts';
import { answerChanges } from '../../../sidecar/registrar/reply.ts';
import { Tokens } from '../../../sidecar/registrar/token.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import type { SipMessage } from '../../../sidecar/wire/message.ts';
import { rewrite } from '../../../sidecar/wire/rewrite.ts';
import { read, requestText, responseText } from '../../support/sip-text.ts';

export const NOW = Date.UTC(2026, 0, 1);
export const AOR = 'u1@pbx.test';
export const tokens = new Tokens({ secret: Buffer.alloc(32, 7), epoch: 1 });
export const desk: Flow = {
  transport: 'UDP',
  listener: 'udp',
  address: '192.0.2.7',
  port: 5062,
  connection: 0,
};
export const ours = { host: '203.0.113.5', port: 5060, transport: 'UDP' } as const;

export const policyWith = (wish: Partial<RegisterPolicy> = {}): RegisterPolicy => ({
  domains: new Set(['pbx.test']),
  insertion: 'Contact',
  minExpiresSeconds: 0,
  maxExpiresSeconds: 86_400,
  maxContactsPerAor: 10,
  replyContacts: 'Complete',
  foreignContacts: 'Keep',
  flowTimerSeconds: 120,
  idleSeconds: 900,
  ...wish,
});

/** A REGISTER with these header lines. */
export const registerOf = (headers: readonly string[], cseq = 1, callId = 'c1'): SipMessage =>
  read(requestText({ method: 'REGISTER', callId, cseq, headers }));

/** What a REGISTER asks for, or why it is refused. */
export const ask = (
  request: SipMessage,
  known: readonly Binding[] = [],
  policy = policyWith(),
  now = NOW,
): RegisterIntent | Refused => readRegister(request, AOR, desk, policy, known, tokens, now);

/** What a REGISTER that is in order asks for. */
export function intentOf(...args: Parameters<typeof ask>): RegisterIntent {
  const asked = ask(...args);
  if ('status' in asked) throw new Error(`refused: ${asked.status} ${asked.why}`);
  return asked;
}

/** The contact that the PBX is shown for the n-th one asked for. */
export const shown = ({ contacts }: RegisterIntent, n = 0): string =>
  `<sip:${contacts[n]?.token}@${ours.host}:${ours.port}>`;

interface Taken extends Mirrored {
  /** The 2xx as the phone is shown it. */
  readonly answer: SipMessage;
}

/** One REGISTER and its 2xx, answered a second later: what is left, and what the phone is told. */
export function take(
  request: SipMessage,
  contacts: (intent: RegisterIntent) => readonly string[],
  current: readonly Binding[] = [],
  policy = policyWith(),
  now = NOW,
  hasListedOthers = false,
  otherUpstreams: readonly string[] = [],
): Taken {
  const intent = intentOf(request, current, policy, now);
  const response = read(responseText(request, 200, contacts(intent)));
  const lines = readListed(response, intent, current, tokens);
  const reply: Reply = {
    response,
    arrivedAt: now + 1_000,
    upstream: 'pbx',
    otherUpstreams,
    hasListedOthers,
    isOvertaken: false,
  };
  const changes = answerChanges(request, response, intent, lines, policy);
  const edits = changes.edits;
  const answer = read(rewrite(response, undefined, changes.extra, edits));
  return { ...mirror(intent, reply, lines, current, policy), answer };
}

/** The bindings after one phone has registered with that contact. */
export const registered = (
  contact: string,
  current: readonly Binding[] = [],
  { callId = `of-${contact.replace(/\s/g, '')}`, cseq = 1, now = NOW - 60_000, grant = 1800 } = {},
): readonly Binding[] =>
  take(
    registerOf([`Contact: ${contact}`, 'Expires: 3600'], cseq, callId),
    (intent) => [`Contact: ${shown(intent)};expires=${grant}`],
    current,
    policyWith({ replyContacts: 'Partial' }),
    now,
  ).bindings;

export const secondsLeft = ({ expiresAt }: Binding, now = NOW + 1_000): number => (expiresAt - now) / 1000;

/** Two phones of u1. */
export const DESK = '<sip:u1@192.0.2.7:5062>';
export const MOBILE = '<sip:u1@192.0.2.8:5062>';

export const register = (contact = DESK, cseq = 1, callId = 'c1'): SipMessage =>
  registerOf([`Contact: ${contact}`, 'Expires: 3600'], cseq, callId);

export const uris = (bindings: readonly Binding[]): string[] => bindings.map(({ uri }) => uri).sort();

/** The first of them as the PBX lists it. */
export const nameOf = (bindings: readonly Binding[]): string =>
  `<sip:${bindings[0]?.token}@203.0.113.5:5060>`;
