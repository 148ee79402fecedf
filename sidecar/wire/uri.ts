import { isVisible, lowered, sameIgnoringCase, tokenEnd, unsigned } from './grammar.ts';
import { type HostKind, hostKind } from './host.ts';
import { param, paramMap } from './param.ts';

export { param, paramMap, withoutParams } from './param.ts';

/** A SIP or SIPS URI (§19.1.1). */
export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** Raw, as written, escapes and all. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Lower-cased; an IPv6 address without brackets. */
  readonly host: string;
  readonly hostKind: HostKind;
  readonly port: number | undefined;
  /** Raw, '' or ';a=b;lr'. */
  readonly params: string;
  /** Raw, '' or '?a=b&c=d'. */
  readonly headers: string;
}

/** A URI of another scheme (tel, urn, …), not looked into. */
export interface OtherUri {
  readonly kind: 'other';
  /** Lower-cased. */
  readonly scheme: string;
  readonly text: string;
}

export type Uri = SipUri | OtherUri;

/** Whether a URI's text demands TLS on each hop to whom it names (§19.1, RFC 5630 §4). */
export const isSips = (text: string): boolean =>
  text.charCodeAt(4) === 58 && text.slice(0, 4).toLowerCase() === 'sips';

/** The same resource by the other scheme (RFC 5630 §4.1): all else as it is written. */
export const asSip = (text: string): string => (isSips(text) ? `sip${text.slice(4)}` : text);

/** Reads a URI; undefined if it is malformed. */
export function parseUri(text: string): Uri | undefined {
  const colon = text.indexOf(':');
  if (colon <= 0 || !isVisible(text)) return undefined;
  const scheme = schemeOf(text, colon);
  if (scheme === 'sip' || scheme === 'sips') return parseSip(text, scheme, colon + 1);
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme) || colon === text.length - 1) return undefined;
  return { kind: 'other', scheme, text };
}

function schemeOf(text: string, colon: number): string {
  const scheme = text.slice(0, colon);
  return scheme === 'sip' ? scheme : scheme.toLowerCase();
}

function parseSip(text: string, scheme: 'sip' | 'sips', from: number): SipUri | undefined {
  // A user part may hold ';', '?' and '/', but neither it nor a host can hold '@'.
  const at = text.indexOf('@', from);
  const hostStart = at < 0 ? from : at + 1;
  if (at === from) return undefined;
  const hostEnd = endOfHost(text, hostStart);
  if (hostEnd <= hostStart) return undefined;
  const raw = text.slice(hostStart, hostEnd);
  const kind = hostKind(raw);
  if (kind === undefined) return undefined;
  const paramsStart = endOfPort(text, hostEnd);
  const port = paramsStart > hostEnd ? unsigned(text.slice(hostEnd + 1, paramsStart), 65535) : undefined;
  if (paramsStart > hostEnd && (port === undefined || port === 0)) return undefined;
  const question = text.indexOf('?', paramsStart);
  const headersStart = question < 0 ? text.length : question;
  if (paramsStart < headersStart && text.charCodeAt(paramsStart) !== 59) return undefined;
  const userInfo = at < 0 ? undefined : text.slice(from, at);
  const colon = userInfo === undefined ? -1 : userInfo.indexOf(':');
  if (colon === 0) return undefined;
  return {
    kind: 'sip',
    scheme,
    user: colon < 0 ? userInfo : userInfo?.slice(0, colon),
    password: colon < 0 ? undefined : userInfo?.slice(colon + 1),
    host: lowered(kind === 'ip6' ? raw.slice(1, -1) : raw),
    hostKind: kind,
    port,
    params: text.slice(paramsStart, headersStart),
    headers: text.slice(headersStart),
  };
}

function endOfHost(text: string, from: number): number {
  if (text.charCodeAt(from) === 91) return text.indexOf(']', from) + 1;
  let i = from;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 58 || code === 59 || code === 63) break;
    i++;
  }
  return i;
}

/** Index after the port whose colon is at `from`; `from` itself where there is none. */
function endOfPort(text: string, from: number): number {
  return text.charCodeAt(from) === 58 ? tokenEnd(text, from + 1) : from;
}

/** The URI as text, in the order of §19.1.1. */
export function printUri(uri: Uri): string {
  if (uri.kind === 'other') return uri.text;
  const password = uri.password === undefined ? '' : `:${uri.password}`;
  const userInfo = uri.user === undefined ? '' : `${uri.user}${password}@`;
  const host = uri.hostKind === 'ip6' ? `[${uri.host}]` : uri.host;
  const port = uri.port === undefined ? '' : `:${uri.port}`;
  return `${uri.scheme}:${userInfo}${host}${port}${uri.params}${uri.headers}`;
}

/** §19.1.4: parameters that make a URI another one also where only one of the two has them. */
const TELLING = ['transport', 'user', 'ttl', 'method', 'maddr'];

/** Whether both name the same resource by the comparison rules of §19.1.4. */
export function sameUri(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    a.host === b.host &&
    a.port === b.port &&
    sameEscaped(a.user, b.user) &&
    sameEscaped(a.password, b.password) &&
    (a.params === b.params || sameParams(a.params, b.params)) &&
    (a.headers === b.headers || sameHeaders(a.headers, b.headers))
  );
}

function sameEscaped(a: string | undefined, b: string | undefined): boolean {
  if (a === b || a === undefined || b === undefined) return a === b;
  return (a.includes('%') || b.includes('%')) && unescaped(a, RESERVED) === unescaped(b, RESERVED);
}

function sameParams(a: string, b: string): boolean {
  if (TELLING.some((name) => (param(a, name) === undefined) !== (param(b, name) === undefined))) return false;
  const others = paramMap(b);
  for (const [name, value] of paramMap(a)) {
    const other = others.get(name);
    if (other !== undefined && !sameIgnoringCase(unescaped(value, RESERVED), unescaped(other, RESERVED)))
      return false;
  }
  return true;
}

/** §19.1.4: headers are never ignored, their order is. */
function sameHeaders(a: string, b: string): boolean {
  return sortedHeaders(a) === sortedHeaders(b);
}

function sortedHeaders(headers: string): string {
  return headers
    .slice(1)
    .split('&')
    .map((header) => {
      const equals = header.indexOf('=');
      const name = equals < 0 ? header : header.slice(0, equals);
      return unescaped(name, RESERVED).toLowerCase() + unescaped(header.slice(name.length), RESERVED);
    })
    .sort()
    .join('&');
}

/** §25.1 `reserved`: escaped, these mean something else than plain (§19.1.4). The percent sign never equals its escape. */
const RESERVED = ';/?:@&=+$,%';

/** Decodes %HH but for control characters and those in `except`, whose digits become upper case. Broken escapes stay. */
function unescaped(text: string, except: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9a-fA-F]{2})/g, (escaped, hex: string) => {
    const code = Number.parseInt(hex, 16);
    const char = String.fromCharCode(code);
    return code < 32 || code === 127 || except.includes(char) ? escaped.toUpperCase() : char;
  });
}

/**
 * The canonical address of record (§10.3 step 5): 'user@host', or the host alone where there is no user. Escapes of the user
 * are decoded (but for those of control characters and of '%', so that no two AoRs share a key); the host is in lower case;
 * password, port, parameters and headers are dropped. The text is latin1: UTF-8 names are bytes in it.
 */
export function aorKey(uri: SipUri): string {
  return uri.user === undefined ? uri.host : `${unescaped(uri.user, '%')}@${uri.host}`;
}
