import { METHODS } from '../text/words.ts';

/** What every measured message has in bytes: as much as one datagram can carry. */
export const SIZE = 65_000;

/** By which door a message comes in and how far it goes. */
export const WAYS = ['parse', 'framing', 'phone', 'dialog', 'pbx', 'answer'] as const;
export type Way = (typeof WAYS)[number];

/** Where in a message the repeated text stands: the value of one header line, of all, or a part of another line. */
export const PLACES = [
  'value',
  'lines',
  'fold',
  'uri user',
  'uri tail',
  'to user',
  'from user',
  'from display',
  'via tail',
  'branch',
  'callid',
  'body',
  'headers',
] as const;
export type Place = (typeof PLACES)[number];

/** A message of SIZE bytes that repeats one thing. */
export interface Shape {
  readonly way: Way;
  readonly method: string;
  readonly place: Place;
  readonly header: string;
  /** What the value begins with. */
  readonly prefix: string;
  readonly unit: string;
}

export const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' &&
  value !== null &&
  ['way', 'method', 'place', 'header', 'prefix', 'unit'].every(
    (field) => typeof Reflect.get(value, field) === 'string',
  );

/** Exactly as long as asked: the unit again and again, cut off at the end. */
const fill = (unit: string, length: number): string =>
  unit === '' ? '' : unit.repeat(Math.ceil(Math.max(length, 0) / unit.length)).slice(0, Math.max(length, 0));

/** What stands for the branch, so that each run can have one of its own. */
export const BRANCH = 'z9hG4bK00000000';

const CONTACT = 'Contact: <sip:u1@192.0.2.9:40009;transport=tcp>;expires=600\r\n';

/** What a shape is filled into: lines and parts of lines that are nothing out of the ordinary. */
interface Frame {
  readonly first: (filler: string) => string;
  readonly via: string;
  readonly to: string;
  readonly more: string;
}

/** Ordinary lines, as many as there is room for: what a hostile message is compared with. */
export const PLAIN_LINE = `X-Ordinary: ${'an ordinary line that is passed on as it came, '.repeat(5)}\r\n`;

function linesOf({ header, prefix, unit, place }: Shape, room: number): string {
  switch (place) {
    case 'value':
      return `${header}: ${prefix}${fill(unit, room - header.length - prefix.length - 4)}\r\n`;
    case 'fold':
      return `${header}: ${prefix}${fill(`${unit}\r\n `, room - header.length - prefix.length - 5)}x\r\n`;
    case 'headers': {
      const line = `${header}: ${prefix}${unit}\r\n`;
      return line.repeat(Math.max(Math.min(Math.floor(room / line.length), 240), 0));
    }
    case 'lines': {
      const each = Math.max(Math.floor(room / 240) - header.length - prefix.length - 4, 0);
      return `${header}: ${prefix}${fill(unit, each)}\r\n`.repeat(240);
    }
    default:
      return '';
  }
}

/** The message as text; `names` is what the engine has given away: a contact's URI, a Route of a dialog. */
export function textOf(shape: Shape, names: { readonly contact: string; readonly route: string }): string {
  const { place, way, method, prefix, unit } = shape;
  const frame = frameOf(shape, names);
  const compose = (filler: string): string => {
    const at = (here: Place): string => (place === here ? filler : '');
    const body = place === 'body' ? filler : '';
    return [
      frame.first(filler),
      `${frame.via};branch=${BRANCH}${at('branch')};rport${at('via tail')}\r\n`,
      'Max-Forwards: 70\r\n',
      `From: ${at('from display')}<sip:${place === 'from user' ? filler : 'u1'}@pbx.test>;tag=1\r\n`,
      frame.to.replace('u1', () => (place === 'to user' ? filler : 'u1')),
      `Call-ID: c1${at('callid')}\r\n`,
      `CSeq: 1 ${method}\r\n`,
      frame.more,
      ['value', 'fold', 'lines', 'headers'].includes(place) ? filler : '',
      `Content-Length: ${String(body.length).padStart(5, '0')}\r\n\r\n${body}`,
    ].join('');
  };
  const room = SIZE - compose('').length;
  const lines = linesOf(shape, room);
  if (way === 'answer' || lines !== '') return compose(lines);
  return compose(prefix + fill(unit, room - prefix.length));
}

function frameOf(
  { way, method, place }: Shape,
  { contact, route }: { contact: string; route: string },
): Frame {
  const user = (filler: string): string => (place === 'uri user' ? filler : 'u1');
  const tail = (filler: string): string => (place === 'uri tail' ? filler : '');
  const more = method === 'REGISTER' && place !== 'value' && place !== 'lines' ? CONTACT : '';
  const phone: Frame = {
    first: (filler) => `${method} sip:${user(filler)}@pbx.test${tail(filler)} SIP/2.0\r\n`,
    via: 'Via: SIP/2.0/TCP 192.0.2.9:40009',
    to: 'To: <sip:u1@pbx.test>\r\n',
    more,
  };
  switch (way) {
    case 'dialog':
      return { ...phone, to: 'To: <sip:u1@pbx.test>;tag=2\r\n', more: `Route: ${route}\r\n` };
    case 'pbx':
      return {
        ...phone,
        first: (filler) =>
          `${method} ${place === 'uri user' ? `sip:${filler}@pbx.test` : contact}${tail(filler)} SIP/2.0\r\n`,
        via: 'Via: SIP/2.0/UDP 198.51.100.1:5070',
        more: '',
      };
    case 'answer':
      return {
        ...phone,
        first: () => 'SIP/2.0 200 OK\r\n',
        via: 'Via: SIP/2.0/UDP 203.0.113.5:5060',
        more: '',
      };
    default:
      return phone;
  }
}

export const METHODS_MEASURED = METHODS.filter((method) => !['ACK', 'CANCEL'].includes(method));
