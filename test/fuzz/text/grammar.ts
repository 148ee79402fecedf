import type { Chance } from '../chance.ts';
import { DOMAIN, OWN, PBX_HOSTS, PHONES, PIECES, PLACES, USERS, VICTIMS } from './words.ts';

/** One production of RFC 3261 §25: what it gives is right but for a deviation now and then. */
export type Production = (chance: Chance) => string;

/** How often a production deviates from the grammar: once in so many. */
const DEVIATES = 60;

/** The production, or rarely something else in its place or around it. */
export const rule =
  (make: Production): Production =>
  (chance) => {
    if (!chance.once(DEVIATES)) return make(chance);
    switch (chance.below(4)) {
      case 0:
        return '';
      case 1:
        return chance.of(PIECES);
      case 2:
        return make(chance) + chance.of(PIECES);
      default:
        return chance.of(PIECES) + make(chance);
    }
  };

/** Fixed texts and productions, one after the other. */
export const all =
  (...parts: readonly (string | Production)[]): Production =>
  (chance) => {
    let text = '';
    for (const part of parts) text += typeof part === 'string' ? part : part(chance);
    return text;
  };

export const either =
  (...parts: readonly (string | Production)[]): Production =>
  (chance) => {
    const part = chance.of(parts);
    return typeof part === 'string' ? part : part(chance);
  };

export const maybe =
  (part: string | Production): Production =>
  (chance) =>
    chance.once(2) ? (typeof part === 'string' ? part : part(chance)) : '';

/** None or more, joined; rarely very many. */
export const many =
  (part: Production, between: string | Production, most = 4): Production =>
  (chance) => {
    const count = chance.once(3_000) ? chance.below(1_000) : chance.few(most);
    let text = '';
    for (let i = 0; i < count; i++)
      text += (i === 0 ? '' : typeof between === 'string' ? between : between(chance)) + part(chance);
    return text;
  };

const drawn =
  (characters: string, least: number, most: number): Production =>
  (chance) => {
    let text = '';
    for (let count = least + chance.below(most - least + 1); count > 0; count--)
      text += characters.charAt(chance.below(characters.length));
    return text;
  };

const ALPHANUM = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const TOKEN = `${ALPHANUM}-.!%*_+\`'~`;
const HEX = '0123456789abcdefABCDEF';
/** §25.1 UTF8-NONASCII as single bytes, and all that a quoted-pair may escape. */
const QDTEXT = `${ALPHANUM} \t!#$%&'()*+,-./:;<=>?@[]^_{|}~\xc3\xa4\xe2\x82\xac`;

/** §25.1 LWS: mostly nothing or a blank, sometimes folded. */
export const SWS: Production = (chance) =>
  chance.once(12) ? chance.of([' ', '\t', '  ', '\r\n ', ' \r\n\t', '\r\n   \r\n ']) : '';
export const LWS: Production = (chance) => SWS(chance) || ' ';

export const token = rule(drawn(TOKEN, 1, 12));
const digits = rule(drawn('0123456789', 1, 5));
const hexDigits = drawn(HEX, 1, 4);
const escaped = all('%', drawn(HEX, 2, 2));
const quotedPair: Production = (chance) => `\\${String.fromCharCode(chance.below(128))}`;
export const quotedString = rule(all('"', many(either(drawn(QDTEXT, 0, 8), quotedPair), '', 5), '"'));
export const comment: Production = rule((chance) =>
  all(
    '(',
    many(either(drawn(ALPHANUM, 1, 5), quotedPair, chance.once(3) ? comment : ''), ' ', 3),
    ')',
  )(chance),
);

const ip4 = rule((chance) => Array.from({ length: 4 }, () => chance.below(256)).join('.'));
const ip6 = rule(all('[', many(hexDigits, ':', 7), either('::', ':', ''), maybe(hexDigits), ']'));
const hostname = rule(all(many(all(drawn(ALPHANUM, 1, 8), '.'), '', 3), drawn(ALPHANUM, 1, 5)));

/** Hosts that lead somewhere in these runs, and all others. */
export const host: Production = (chance) => {
  switch (chance.below(8)) {
    case 0:
      return hostname(chance);
    case 1:
      return ip4(chance);
    case 2:
      return ip6(chance);
    case 3:
      return chance.of(VICTIMS);
    case 4:
      return chance.of(OWN);
    case 5:
      return chance.of(PHONES);
    case 6:
      return chance.of(PBX_HOSTS);
    default:
      return DOMAIN;
  }
};
export const hostport = rule(all(host, (chance) => (chance.once(4) ? `:${digits(chance)}` : '')));

const user: Production = (chance) =>
  chance.once(3)
    ? all(many(either(drawn(`${ALPHANUM}-_.!~*'()&=+$,;?/`, 1, 8), escaped), '', 3), 'u')(chance)
    : chance.of(USERS);
const userinfo = rule(all(user, (chance) => (chance.once(10) ? ':pass,w;rd' : ''), '@'));
const paramValue = either(token, quotedString, host);
export const genericParam = rule(all(token, maybe(all(SWS, '=', SWS, paramValue))));
const uriParam = either(
  ';transport=udp',
  ';transport=tcp',
  ';transport=TLS',
  ';transport=ws',
  ';transport=xyzzy',
  ';user=phone',
  ';method=INVITE',
  ';ttl=15',
  all(';maddr=', host),
  ';lr',
  ';lr=on',
  ';ob',
  ';gr',
  all(';gr=urn:uuid:', hexDigits),
  ';pn-provider=apns;pn-prid=1',
  all(';', token),
  all(';', token, '=', drawn(`${ALPHANUM}[]/:&+$-_.!~*'()`, 1, 6)),
);
const uriHeaders = all('?', token, '=', many(either(drawn(ALPHANUM, 1, 6), escaped), '', 2), maybe('&b=c'));
export const sipUri = rule(
  all(
    (chance) => (chance.once(8) ? 'sips:' : 'sip:'),
    (chance) => (chance.once(4) ? '' : userinfo(chance)),
    hostport,
    many(uriParam, '', 3),
    (chance) => (chance.once(12) ? uriHeaders(chance) : ''),
  ),
);
/** A URI; sometimes one that the engine has made (a contact's token, a flow's). */
export const uri: Production = (chance) => {
  switch (chance.below(10)) {
    case 0:
      return chance.of([
        'tel:+4930123;phone-context=x',
        'urn:service:sos',
        'http://x/y?z',
        'mailto:a@b',
        'xyzzy:',
      ]);
    case 1:
      return chance.of(PLACES);
    case 2:
      return `sip:{flow}@${chance.of(OWN)};lr`;
    default:
      return sipUri(chance);
  }
};

const displayName = either('', '', '', all(token, ' '), all(token, LWS, token, LWS), all(quotedString, SWS));
export const nameAddr = rule(all(displayName, '<', uri, '>'));
const semi = all(SWS, ';', SWS);
export const addressWith = (param: Production): Production =>
  rule(all(either(nameAddr, nameAddr, nameAddr, sipUri), many(all(semi, param), '', 3)));
