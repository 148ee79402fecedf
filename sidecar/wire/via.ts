import { COLON, SEMICOLON, skipBlanks, tokenEnd, trimmed, unsigned } from './grammar.ts';
import { valueEnd } from './list.ts';
import { param } from './param.ts';

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
}

/** Reads the first value of a Via line; undefined if it is malformed. */
export function parseVia(text: string): Via | undefined {
  const end = valueEnd(text, 0);
  const plain = text.startsWith('SIP/2.0/');
  const version = plain ? 7 : protocolEnd(text);
  if (version < 0) return undefined;
  const protocol = plain
    ? 'SIP/2.0'
    : text
        .slice(0, version)
        .replace(/[ \t]+/g, '')
        .toUpperCase();
  const transportStart = plain ? 8 : afterSlash(text, version);
  const transportEnd = tokenEnd(text, transportStart);
  const sentBy = skipBlanks(text, transportEnd);
  if (transportStart < 0 || transportEnd === transportStart || sentBy === transportEnd) return undefined;
  const hostEnd = sentByHostEnd(text, sentBy, end);
  if (hostEnd <= sentBy) return undefined;
  let at = skipBlanks(text, hostEnd);
  let port: number | undefined;
  if (text.charCodeAt(at) === COLON && at < end) {
    const digits = skipBlanks(text, at + 1);
    at = tokenEnd(text, digits);
    port = unsigned(text.slice(digits, at), 65535);
    if (port === undefined || port === 0) return undefined;
    at = skipBlanks(text, at);
  }
  if (at < end && text.charCodeAt(at) !== SEMICOLON) return undefined;
  const params = trimmed(text, at, end);
  const bracketed = text.charCodeAt(sentBy) === 91;
  return {
    protocol,
    transport: text.slice(transportStart, transportEnd).toUpperCase(),
    host: text.slice(bracketed ? sentBy + 1 : sentBy, bracketed ? hostEnd - 1 : hostEnd).toLowerCase(),
    port,
    params,
    branch: param(params, 'branch') ?? '',
    end,
  };
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
  const slash = skipBlanks(text, from);
  return text.charCodeAt(slash) === 47 ? skipBlanks(text, slash + 1) : -1;
}

function sentByHostEnd(text: string, from: number, end: number): number {
  if (text.charCodeAt(from) !== 91) return Math.min(tokenEnd(text, from), end);
  const close = text.indexOf(']', from);
  return close > from + 1 && close < end ? close + 1 : -1;
}
