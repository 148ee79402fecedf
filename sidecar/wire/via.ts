import { LONGEST_VALUE } from './bounds.ts';
import { COLON, lowered, SEMICOLON, skipBlanks, tokenEnd, trimmed, unsigned } from './grammar.ts';
import { valueEnd } from './list.ts';
import { param } from './param.ts';

const PLAIN_HOST = /^[a-z0-9.-]+$/;

/** One Via value (§20.42). */
export interface Via {
  /** Name and version, such as 'SIP/2.0'. */
  readonly protocol: string;
  /** Upper-cased. */
  readonly transport: string;
  /** Lower-cased; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** Raw, '' or ';branch=…;rport'. */
  readonly params: string;
  /** '' if there is none. */
  readonly branch: string;
  /** Index in the text after this value: at the comma before the next, or the text's length. */
  readonly end: number;
  /** Whether no other value stands behind it. */
  readonly isLast: boolean;
}

/** Reads the first value of a Via line; undefined if it is malformed. */
export function parseVia(text: string): Via | undefined {
  return parsePlainVia(text) ?? parseAnyVia(text);
}

/** The shape that nearly every Via has, at half the price; undefined for any other. */
function parsePlainVia(text: string): Via | undefined {
  const udp = text.startsWith('SIP/2.0/UDP ');
  if (text.length > LONGEST_VALUE) return undefined;
  const semicolon = text.indexOf(';', 12);
  if (semicolon < 0 || text.includes(',') || !(udp || text.startsWith('SIP/2.0/TCP '))) return undefined;
  const colon = text.indexOf(':', 12);
  const hasPort = colon >= 0 && colon < semicolon;
  const host = text.slice(12, hasPort ? colon : semicolon);
  const port = hasPort ? unsigned(text.slice(colon + 1, semicolon), 65535) : undefined;
  if (!PLAIN_HOST.test(host) || (hasPort && !port)) return undefined;
  const params = trimmed(text, semicolon, text.length);
  const branch = param(params, 'branch') ?? '';
  return {
    protocol: 'SIP/2.0',
    transport: udp ? 'UDP' : 'TCP',
    host,
    port,
    params,
    branch,
    end: text.length,
    isLast: true,
  };
}

function parseAnyVia(text: string): Via | undefined {
  const end = valueEnd(text, 0);
  if (end > LONGEST_VALUE) return undefined;
  const plain = text.startsWith('SIP/2.0/');
  const version = plain ? 7 : protocolEnd(text);
  const transportStart = plain ? 8 : afterSlash(text, version);
  if (transportStart < 0) return undefined;
  const transportEnd = tokenEnd(text, transportStart);
  const sentBy = skipBlanks(text, transportEnd);
  if (transportEnd === transportStart || sentBy === transportEnd) return undefined;
  const hostEnd = endOfHost(text, sentBy, end);
  if (hostEnd <= sentBy) return undefined;
  let at = skipBlanks(text, hostEnd);
  let port: number | undefined;
  if (at < end && text.charCodeAt(at) === COLON) {
    const digits = skipBlanks(text, at + 1);
    at = tokenEnd(text, digits);
    port = unsigned(text.slice(digits, at), 65535);
    if (port === undefined || port === 0) return undefined;
    at = skipBlanks(text, at);
  }
  if (at < end && text.charCodeAt(at) !== SEMICOLON) return undefined;
  const params = trimmed(text, at, end);
  return {
    protocol: plain ? 'SIP/2.0' : protocolName(text.slice(0, version)),
    transport: transportName(text.slice(transportStart, transportEnd)),
    host: hostName(text, sentBy, hostEnd),
    port,
    params,
    branch: param(params, 'branch') ?? '',
    end,
    isLast: end >= text.length,
  };
}

function protocolName(text: string): string {
  return text.replace(/[ \t]+/g, '').toUpperCase();
}

function transportName(text: string): string {
  return text === 'UDP' || text === 'TCP' ? text : text.toUpperCase();
}

function hostName(text: string, start: number, end: number): string {
  const bracketed = text.charCodeAt(start) === 91;
  return lowered(bracketed ? text.slice(start + 1, end - 1) : text.slice(start, end));
}

/** Index after protocol-name and version, which white space may surround; -1 if they are not there. */
function protocolEnd(text: string): number {
  const nameEnd = tokenEnd(text, 0);
  const version = nameEnd > 0 ? afterSlash(text, nameEnd) : -1;
  if (version < 0) return -1;
  const end = tokenEnd(text, version);
  return end > version ? end : -1;
}

/** Index of what follows the slash at `from` and the white space on both its sides; -1 if there is no slash. */
function afterSlash(text: string, from: number): number {
  if (from < 0) return -1;
  const slash = skipBlanks(text, from);
  return text.charCodeAt(slash) === 47 ? skipBlanks(text, slash + 1) : -1;
}

function endOfHost(text: string, from: number, end: number): number {
  if (text.charCodeAt(from) !== 91) return Math.min(tokenEnd(text, from), end);
  const close = text.indexOf(']', from);
  return close > from + 1 && close < end ? close + 1 : -1;
}
