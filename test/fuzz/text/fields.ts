import type { Chance } from '../chance.ts';
import {
  addressWith,
  all,
  comment,
  either,
  genericParam,
  hostport,
  LWS,
  many,
  maybe,
  type Production,
  quotedString,
  rule,
  SWS,
  token,
  uri,
} from './grammar.ts';
import { HEADERS, METHODS } from './words.ts';

const tag = all('tag=', token);
const fromOrTo = addressWith(either(tag, tag, genericParam));
const comma = all(SWS, ',', SWS);
const seconds = either('0', '1', '30', '60', '600', '3600', '7200', '4294967295', '99999999999', '-1', 'x');

const contactParam = either(
  all('expires=', seconds),
  all('q=', either('0', '1', '0.5', '1.0', '0.333', '2', '.5', 'x')),
  '+sip.instance="<urn:uuid:00000000-0000-1000-8000-00000000000a>"',
  'reg-id=1',
  'reg-id=2',
  'methods="INVITE,ACK"',
  genericParam,
);
const contact = addressWith(contactParam);
const routeValue = either(
  '{route}',
  '{route}',
  all('<', uri, ';lr>'),
  all('<sip:203.0.113.5;lr>'),
  all('<sip:{flow}@203.0.113.5:5060;lr>'),
  all('<sip:{flow}@203.0.113.5:5060;transport=tcp;lr>'),
  '<sip:{victim};lr>',
  '<sip:198.51.100.1:5070;lr>',
  '<sip:known.example;lr>',
  addressWith(genericParam),
);
const viaParam = either(
  ';rport',
  ';rport=5',
  ';received=192.0.2.1',
  ';maddr={victim}',
  ';ttl=1',
  ';alias',
  ';keep',
  all(';', genericParam),
);
export const branch = either(
  '{branch}',
  all('z9hG4bK', token),
  all('z9hG4bK', token),
  'z9hG4bKsame',
  '1',
  'z9hG4bK',
);
const transport = either('UDP', 'TCP', 'TLS', 'WS', 'WSS', 'SCTP', 'udp', token);
export const viaValue = rule(
  all(
    either('SIP/2.0/', 'SIP/2.0/', 'SIP/2.0/', 'sip / 2.0 / ', 'SIP/3.0/'),
    transport,
    LWS,
    hostport,
    ';branch=',
    branch,
    many(viaParam, '', 3),
  ),
);
const date = 'Sat, 13 Nov 2010 23:29:00 GMT';
const challenge = all('Digest realm="x", nonce=', quotedString, ', algorithm=MD5, qop="auth"');
const mediaType = either(
  'text/plain',
  'application/sdp',
  'message/cpim',
  'Text/PLAIN;charset=UTF-8',
  'a/b',
  token,
);
const optionTags = many(either('path', 'gruu', 'outbound', '100rel', 'timer', token), comma, 3);
const anything = many(either(token, quotedString, comment, genericParam, LWS), either(' ', ',', ';'), 4);

/** The value of each header field by its name in lower case; any other has anything. */
const VALUES: Readonly<Record<string, Production>> = {
  via: many(viaValue, comma, 3),
  from: fromOrTo,
  to: fromOrTo,
  'call-id': rule(all(token, maybe(all('@', token)))),
  cseq: rule(all(either('1', '2', '0', '2147483647', '4294967296'), LWS, either(...METHODS))),
  contact: either(many(contact, comma, 4), contact, '*'),
  'max-forwards': rule(either('70', '70', '69', '1', '0', '255', '256', '-1')),
  route: many(routeValue, comma, 4),
  'record-route': many(routeValue, comma, 3),
  path: many(routeValue, comma, 3),
  'service-route': many(routeValue, comma, 3),
  expires: seconds,
  'min-expires': seconds,
  'retry-after': all(seconds, maybe(comment)),
  'content-length': rule(either('0', '5', '1000', '-1')),
  'content-type': mediaType,
  'content-encoding': either('identity', 'gzip', token),
  require: optionTags,
  'proxy-require': optionTags,
  supported: optionTags,
  allow: many(either(...METHODS), comma, 3),
  event: all(token, many(all(';', genericParam), '', 2)),
  date: either(date, token),
  authorization: all(
    'Digest username="u1", realm="x", nonce=',
    quotedString,
    ', uri="sip:pbx.test", response="0"',
  ),
  'www-authenticate': challenge,
  'proxy-authenticate': challenge,
  'max-breadth': rule(either('60', '1', '0', '2', '4294967295')),
  'session-expires': all(seconds, maybe(';refresher=uac')),
  timestamp: either('54', '54.5 0.1'),
  reason: all('SIP;cause=', either('200', '486', 'x'), maybe(';text="x"')),
  warning: all('399 ', hostport, ' ', quotedString),
};
const COMPACT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  e: 'content-encoding',
  k: 'supported',
  o: 'event',
  s: 'subject',
};

const named = (name: string): Production => {
  const lower = name.toLowerCase();
  return VALUES[COMPACT[lower] ?? lower] ?? anything;
};

/** The name in one of the ways that mean the same (§7.3.1, §7.3.3). */
function spelled(name: string, chance: Chance): string {
  if (!chance.once(8)) return name;
  const compact = Object.entries(COMPACT).find(([, long]) => long === name.toLowerCase())?.[0];
  return chance.of([name.toLowerCase(), name.toUpperCase(), compact ?? name, `${name} `, `${name}\t`]);
}

/** One header line without its end. `value` is by the grammar of that field where it is not given. */
export function line(name: string, chance: Chance, value?: string): string {
  return `${spelled(name, chance)}:${chance.once(10) ? SWS(chance) : ' '}${value ?? named(name)(chance)}`;
}

/** A line of any field. */
export const anyLine = (chance: Chance): string => line(chance.of(HEADERS), chance);
