import { hostKind } from './host.ts';
import { parseUri } from './uri.ts';

/** One name of a certificate's subjectAltName, such as `DNS` and `sip.example.com`. */
export interface AltName {
  readonly kind: string;
  readonly value: string;
}

/** A certificate names a few hosts; a list without end is somebody's attack. */
const MAX_NAMES = 1000;

/**
 * Reads what OpenSSL prints of a subjectAltName, as Node gives it: `DNS:a.example, URI:sip:example.com, IP Address:…`,
 * a value in JSON quotes where it holds what would mislead.
 */
export function readAltNames(text: string): readonly AltName[] {
  const names: AltName[] = [];
  let at = 0;
  while (at < text.length && names.length < MAX_NAMES) {
    const colon = text.indexOf(':', at);
    if (colon < 0) break;
    const kind = text.slice(at, colon);
    const end = text[colon + 1] === '"' ? endOfQuoted(text, colon + 1) : endOfPlain(text, colon + 1);
    const value = plainValue(text.slice(colon + 1, end));
    if (value !== undefined) names.push({ kind, value });
    at = end + 2;
  }
  return names;
}

const endOfPlain = (text: string, from: number): number => {
  const comma = text.indexOf(', ', from);
  return comma < 0 ? text.length : comma;
};

function endOfQuoted(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function plainValue(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * RFC 5922 §7.1: whom a certificate stands for as SIP goes. Where it has SIP URIs these alone count, else its DNS names; IP
 * addresses, of which the RFC does not speak, count beside either. `commonName` is asked only where there is no subjectAltName.
 */
export function domainIdentities(names: readonly AltName[], commonName: string | undefined): string[] {
  if (names.length === 0)
    return commonName !== undefined && hostKind(commonName) === 'name' ? [canonical(commonName)] : [];
  const of = (kind: string): string[] =>
    names.filter((name) => name.kind === kind).map(({ value }) => canonical(value));
  const uris = names.flatMap(({ kind, value }) => (kind === 'URI' ? sipDomain(value) : []));
  return [...(uris.length > 0 ? uris : of('DNS')), ...of('IP Address')];
}

/** §7.1: the host of a SIP URI without a user; one with a user is a person's, and another scheme's is nobody's. */
function sipDomain(value: string): string[] {
  const uri = parseUri(value);
  if (uri?.kind !== 'sip' || uri.scheme !== 'sip' || value.includes('@')) return [];
  return [canonical(uri.host)];
}

/**
 * RFC 5922 §7.2: whether one of the identities is that domain (or address). Whole names are compared, without regard to case;
 * `*.example.com` stands for nothing but itself.
 */
export const isOfDomain = (identities: readonly string[], domain: string): boolean =>
  identities.includes(canonical(domain));

/** Lower case; an IPv6 address without brackets and in full, since OpenSSL prints it otherwise than people do. */
function canonical(host: string): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (hostKind(`[${bare}]`) === 'ip6') return expanded(bare);
  return (bare.endsWith('.') ? bare.slice(0, -1) : bare).toLowerCase();
}

function expanded(address: string): string {
  const [before = '', after] = address.toLowerCase().split('::');
  const groups = (half: string): string[] =>
    half
      .split(':')
      .filter((group) => group !== '')
      .flatMap(hex);
  const [left, right] = [groups(before), groups(after ?? '')];
  const zeros = after === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].join(':');
}

/** A group without leading zeros; the last two may be written as IPv4. */
function hex(group: string): string[] {
  if (!group.includes('.')) return [group.replace(/^0+(?=.)/, '')];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
}
