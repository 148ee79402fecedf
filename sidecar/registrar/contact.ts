import { hostPort, ownUri, type Transport } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { type LineEdit, removeField } from '../wire/rewrite.ts';
import { paramMap, withoutParams } from '../wire/uri.ts';
import { parseNameAddr, splitValues } from '../wire/value.ts';
import type { AskedContact, RegisterIntent, RegisterPolicy } from './intent.ts';
import { withoutOutbound } from './outbound.ts';
import type { Tokens } from './token.ts';

/** Where the PBX reaches us (host without brackets). */
export interface OurAddress {
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
}

/** What is changed in a REGISTER on its way to the PBX: lines on top (with CRLF) and edits of lines. */
export interface Insertion {
  readonly top: string;
  readonly edits: readonly LineEdit[];
}

export const NO_INSERTION: Insertion = { top: '', edits: [] };

/** How later requests from the PBX find back to the phone: `registration.insertion`. */
export function insertOurs(
  request: SipMessage,
  intent: RegisterIntent,
  policy: RegisterPolicy,
  ours: OurAddress,
  tokens: Tokens,
): Insertion {
  switch (policy.insertion) {
    case 'Contact':
      return { top: '', edits: ourContacts(request, intent, ours) };
    case 'Path':
      return ourPath(request, intent, ours, tokens);
    case 'None':
      return NO_INSERTION;
  }
}

/** Each Contact leads to us; the Path of proxies in front of us is ours to follow and does not go on. */
function ourContacts(request: SipMessage, intent: RegisterIntent, ours: OurAddress): LineEdit[] {
  const edits = contactEdits(request, intent.contacts, ours);
  removeField(request, Header.Path, edits);
  // The flows are kept apart here, by a contact each; a PBX that knows of flows would miss the edge's Path (RFC 5626 §6).
  if (intent.asksOutbound) withoutOutbound(request, edits);
  return edits;
}

function contactEdits(request: SipMessage, contacts: readonly AskedContact[], ours: OurAddress): LineEdit[] {
  const [only, second] = contacts;
  const first = request.firstLine(Header.Contact);
  if (only === undefined) return [];
  // Nearly every REGISTER: one contact, so one value on one line.
  if (second === undefined && !request.repeats(Header.Contact) && !request.lineValue(first).includes(','))
    return [{ line: first, text: `Contact: ${ourContact(only, ours)}\r\n` }];
  const edits: LineEdit[] = [];
  let next = 0;
  for (let line = first; line >= 0; line = request.nextLine(Header.Contact, line)) {
    const values = splitValues(request.lineValue(line)).map((value) => {
      const asked = contacts[next];
      // A value of another scheme than SIP is no part of the intent.
      if (asked === undefined || parseNameAddr(value)?.uri !== asked.uriText) return value;
      next++;
      return ourContact(asked, ours);
    });
    edits.push({ line, text: `Contact: ${values.join(', ')}\r\n` });
  }
  return edits;
}

/**
 * A contact as the PBX is shown it: the token at our address, the phone's display name and parameters. Of several flows of a
 * phone only the first has the phone's instance: a PBX that keeps one contact an instance would lose the others.
 */
function ourContact(
  { contact, uri, params: received, token, regId }: AskedContact,
  ours: OurAddress,
): string {
  const params = regId > 1 ? withoutParams(received, FLOW_PARAMS) : received;
  const display = contact.slice(0, contact.lastIndexOf('<'));
  const push = uri.params.includes(';pn-') ? pushParams(uri.params) : '';
  const ownContact = ownUri(uri.scheme, token, hostPort(ours.host, ours.port), ours.transport);
  return `${display}<${ownContact}${push}>${params}`;
}

const FLOW_PARAMS = ['reg-id', '+sip.instance'];

/** RFC 8599 §4: a PBX that wakes phones up needs their `pn-` parameters. */
function pushParams(params: string): string {
  let kept = '';
  for (const [name, value] of paramMap(params))
    if (name.startsWith('pn-')) kept += value === '' ? `;${name}` : `;${name}=${value}`;
  return kept;
}

/** RFC 3327 §5.1: our URI with the phone's flow on top of the Path, said to be understood on behalf of a phone that is silent about it. */
function ourPath(request: SipMessage, intent: RegisterIntent, ours: OurAddress, tokens: Tokens): Insertion {
  const path = `Path: ${pathUri(intent, ours, tokens)}\r\n`;
  return { top: supportsPath(request) ? path : `${path}Supported: path\r\n`, edits: [] };
}

function pathUri(
  { flow, contacts, outbound }: RegisterIntent,
  { host, port, transport }: OurAddress,
  tokens: Tokens,
): string {
  // RFC 5630 §5.2: all of a sips: contact's way is sips.
  const scheme = contacts.some(({ uri }) => uri.scheme === 'sips') ? 'sips' : 'sip';
  const uri = ownUri(scheme, tokens.flow(flow), hostPort(host, port), transport);
  // RFC 5626 §5.1: by `ob` the first hop, and nobody else, says that it names the flow.
  return `<${uri};lr${outbound === 'edge' ? ';ob' : ''}>`;
}

const hasPath = (tags: readonly string[]): boolean => tags.some((tag) => tag.toLowerCase() === 'path');

/** RFC 3327 §5.1: whether the phone said that it understands a Path in the answer. */
export const supportsPath = (request: SipMessage): boolean =>
  hasPath(request.list(Header.Supported)) || hasPath(request.list(Header.Require));
