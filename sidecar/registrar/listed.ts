import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { parseUri, type SipUri, sameUri } from '../wire/uri.ts';
import { type NameAddr, parseNameAddr, splitValues } from '../wire/value.ts';
import { type Binding, isOutbound, outboundOf } from './binding.ts';
import type { AskedContact, RegisterIntent } from './intent.ts';
import type { Tokens } from './token.ts';

/** One contact of the PBX's 2xx, and whose it is. */
export interface Listed {
  /** As the PBX wrote it. */
  readonly value: string;
  readonly address: NameAddr | undefined;
  readonly uri: SipUri | undefined;
  readonly owner: Owner;
}

/** `asked`: of this REGISTER; `held`: another one that the AoR has; `lost`: a token of ours that no binding has any more; `other`: neither. */
export type Owner =
  | { readonly kind: 'asked'; readonly asked: AskedContact }
  | { readonly kind: 'held'; readonly binding: Binding }
  | { readonly kind: 'lost' }
  | { readonly kind: 'other' };

/** One Contact line of a 2xx with what it lists. */
export interface ListedLine {
  readonly line: number;
  readonly contacts: readonly Listed[];
}

/** No AoR may have as many contacts here (registration.maxContactsPerAor); lines beyond it are left as they are. */
const MOST_LISTED = 128;

/**
 * Reads the contacts of a 2xx and tells whose each is: by our token, else by instance and reg-id (RFC 5626 §4.2), else
 * by comparison of URIs (§19.1.4). Nothing is assumed of their order, lines or spelling.
 */
export function readListed(
  response: SipMessage,
  intent: RegisterIntent,
  current: readonly Binding[],
  tokens: Tokens,
): ListedLine[] {
  const id = Header.Contact;
  const first = response.firstLine(id);
  if (first < 0) return [];
  const read = (value: string): Listed => readValue(value, intent, current, tokens);
  const lines: ListedLine[] = [];
  let count = 0;
  for (let line = first; line >= 0; line = response.nextLine(id, line)) {
    const values = splitValues(response.lineValue(line));
    count += values.length;
    if (count > MOST_LISTED) break;
    lines.push({ line, contacts: values.map(read) });
  }
  return lines;
}

function readValue(
  value: string,
  intent: RegisterIntent,
  current: readonly Binding[],
  tokens: Tokens,
): Listed {
  const address = parseNameAddr(value);
  const parsed = address === undefined ? undefined : parseUri(address.uri);
  const uri = parsed?.kind === 'sip' ? parsed : undefined;
  return { value, address, uri, owner: ownerOf(address, uri, intent, current, tokens) };
}

function ownerOf(
  address: NameAddr | undefined,
  uri: SipUri | undefined,
  intent: RegisterIntent,
  current: readonly Binding[],
  tokens: Tokens,
): Owner {
  if (address === undefined) return { kind: 'other' };
  if (uri?.user !== undefined && tokens.isBinding(uri.user)) {
    const asked = lastAsked(intent.contacts, uri.user);
    if (asked !== undefined) return { kind: 'asked', asked };
    const held = current.find(({ token }) => token === uri.user);
    return held === undefined ? { kind: 'lost' } : { kind: 'held', binding: held };
  }
  const { instance, regId } = outboundOf(address.params, true);
  if (isOutbound({ instance, regId })) {
    const isIt = (one: { instance: string; regId: number }): boolean =>
      one.instance === instance && one.regId === regId;
    return ownedBy(intent.contacts.findLast(isIt), current.find(isIt));
  }
  if (uri === undefined) return { kind: 'other' };
  return ownedBy(
    intent.contacts.findLast((asked) => sameUri(asked.uri, uri)),
    current.find((binding) => isBindingOf(binding, address.uri, uri)),
  );
}

const ownedBy = (asked: AskedContact | undefined, held: Binding | undefined): Owner => {
  if (asked !== undefined) return { kind: 'asked', asked };
  return held === undefined ? { kind: 'other' } : { kind: 'held', binding: held };
};

function isBindingOf(binding: Binding, text: string, uri: SipUri): boolean {
  if (binding.uri === text) return true;
  const known = parseUri(binding.uri);
  return known?.kind === 'sip' && sameUri(known, uri);
}

/** A REGISTER may name the same contact twice, once to leave and once to stay: what stays counts. */
function lastAsked(contacts: readonly AskedContact[], token: string): AskedContact | undefined {
  let found: AskedContact | undefined;
  for (const asked of contacts) {
    if (asked.token === token && (found === undefined || asked.expiresSeconds > 0)) found = asked;
  }
  return found;
}
