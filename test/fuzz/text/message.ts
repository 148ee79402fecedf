import type { Chance } from '../chance.ts';
import { anyLine, branch, line, viaValue } from './fields.ts';
import { host, LWS, rule, token, uri } from './grammar.ts';
import { DOMAIN, METHODS, PIECES, USERS } from './words.ts';

/** What a message is to be about; what is not given is drawn. */
export interface Wishes {
  readonly method?: string;
  readonly transport?: string;
  readonly sentBy?: string;
  readonly callId?: string;
  readonly branch?: string;
}

const BODIES: readonly string[] = [
  '',
  '',
  'hello',
  'v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\n',
  '\r\n\r\n',
  '\0\xff',
  'x'.repeat(1400),
];

const requestUri = rule((chance) => {
  switch (chance.below(4)) {
    case 0:
      return `sip:${DOMAIN}`;
    case 1:
      return `sip:${chance.of(USERS)}@${DOMAIN}`;
    case 2:
      return '{contact}';
    default:
      return uri(chance);
  }
});

/** Lines in another order, some twice, some left out: what a strange peer sends. */
function disarranged(lines: string[], chance: Chance): string[] {
  if (chance.once(3)) lines.push(...Array.from({ length: chance.few(6) }, () => anyLine(chance)));
  if (chance.once(200)) lines.push(...new Array<string>(200 + chance.below(60)).fill('X-Many: 1'));
  if (chance.once(6)) lines.sort(() => chance.below(3) - 1);
  if (chance.once(40)) lines.splice(chance.below(lines.length), 1);
  if (chance.once(40)) lines.push(chance.of(lines));
  return lines;
}

function closed(first: string, lines: string[], body: string, chance: Chance): string {
  const length = chance.once(40) ? String(chance.below(2_000)) : String(body.length);
  if (!chance.once(12)) lines.push(line('Content-Length', chance, length));
  const end = chance.once(60) ? chance.of(['\n', '\r\n\r\n', '\r']) : '\r\n';
  return [first, ...lines, '', body].join(end);
}

/** What every message has (§8.1.1), by a request's method. */
function mandatory(method: string, wishes: Wishes, chance: Chance): string[] {
  const user = `sip:${chance.of(USERS)}@${DOMAIN}`;
  const transport = wishes.transport ?? 'UDP';
  const sentBy = wishes.sentBy ?? host(chance);
  const via = `SIP/2.0/${transport} ${sentBy};branch=${wishes.branch ?? branch(chance)}${chance.of([';rport', '', ';rport;keep'])}`;
  const plain = !chance.once(3);
  return [
    line('Via', chance, chance.once(10) ? `${via}, ${viaValue(chance)}` : via),
    line('Max-Forwards', chance, plain ? '70' : undefined),
    line('From', chance, plain ? `<${user}>;tag=${token(chance)}` : undefined),
    line('To', chance, plain ? `<${user}>${chance.of(['', '', ';tag=peer'])}` : undefined),
    line('Call-ID', chance, wishes.callId ?? (plain ? `call${chance.below(6)}` : undefined)),
    line('CSeq', chance, chance.once(30) ? undefined : `${1 + chance.below(9)}${LWS(chance)}${method}`),
  ];
}

/** Lines that a request of that method mostly has. */
function usual(method: string, chance: Chance): string[] {
  const names: string[] = [];
  if (method === 'REGISTER') names.push('Contact', 'Expires', 'Supported', 'Path');
  else if (method === 'MESSAGE') names.push('Content-Type', 'Route');
  else names.push('Contact', 'Route', 'Record-Route', 'Max-Breadth', 'Supported', 'Reason');
  return names.filter(() => chance.once(2)).map((name) => line(name, chance));
}

/** A request by RFC 3261 §25.1, with deviations. */
export function request(chance: Chance, wishes: Wishes = {}): string {
  const method = wishes.method ?? (chance.once(30) ? token(chance) : chance.of(METHODS));
  const first = `${method} ${requestUri(chance)} ${chance.once(60) ? chance.of(['SIP/3.0', 'sip/2.0', 'HTTP/1.1', '']) : 'SIP/2.0'}`;
  const lines = disarranged([...mandatory(method, wishes, chance), ...usual(method, chance)], chance);
  return closed(first, lines, chance.of(BODIES), chance);
}

const STATUSES: readonly number[] = [
  100, 180, 183, 200, 200, 202, 302, 401, 404, 407, 410, 423, 430, 480, 486, 487, 500, 503, 600, 603, 699,
];

/** A response to nothing in particular. */
export function response(chance: Chance, wishes: Wishes = {}): string {
  const method = wishes.method ?? chance.of(METHODS);
  const first = `SIP/2.0 ${chance.of(STATUSES)} ${chance.of(['OK', '', 'Any Reason \xc3\xa4', ...PIECES])}`;
  const lines = mandatory(method, wishes, chance);
  if (chance.once(2)) lines.splice(1, 0, line('Via', chance));
  return closed(first, disarranged([...lines, ...usual(method, chance)], chance), chance.of(BODIES), chance);
}

export const message = (chance: Chance): string => (chance.once(4) ? response(chance) : request(chance));
