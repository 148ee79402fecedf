import type { Place, Shape, Way } from './shape.ts';

/** Units that are known to trouble parsers. */
const UNITS: readonly string[] = [
  ',',
  '"',
  '\\',
  '"\\',
  '\\"',
  ';',
  '<',
  '>',
  '(',
  ' (',
  '(\\',
  '%41',
  '%',
  ':',
  '@',
  '9',
  '\r',
  ' ',
  ' ,',
  '<>,',
  '<sip:a@b>,',
  'a:b,',
  '*,',
  '=',
  ';"',
  ';a',
  ';a=b',
  ';a="b"',
  ';lr',
  ';expires=1',
  '\0',
  '\xff',
  'SIP/2.0/UDP h;branch=z9hG4bKx,',
  '<sip:203.0.113.5;lr>,',
  '<sip:203.0.113.5:5060;transport=tcp;lr>,',
  'a.',
  'a',
  '[',
  '?a=b&',
];
const HEADERS: readonly string[] =
  'Contact Route Via Record-Route Path Proxy-Require Supported Require Expires Content-Length Content-Type Content-Encoding Max-Forwards Max-Breadth CSeq Reason Subject X'.split(
    ' ',
  );
const PARTS: readonly Place[] = [
  'uri user',
  'uri tail',
  'to user',
  'from user',
  'from display',
  'via tail',
  'branch',
  'callid',
  'body',
];
const METHODS = ['REGISTER', 'INVITE', 'MESSAGE'];

const shape = (
  way: Way,
  method: string,
  place: Place,
  header: string,
  prefix: string,
  unit: string,
): Shape => ({
  way,
  method,
  place,
  header,
  prefix,
  unit,
});

/** Every header filled with every unit, every other part as well, and lines without number, by every door. */
export function* knownShapes(): Iterable<Shape> {
  for (const unit of UNITS) {
    for (const method of METHODS) {
      for (const header of HEADERS) {
        for (const prefix of ['', '<sip:a@b>']) yield shape('phone', method, 'value', header, prefix, unit);
        yield shape('phone', method, 'lines', header, '', unit);
      }
      for (const place of PARTS) yield shape('phone', method, place, '', '', unit);
    }
    for (const header of HEADERS) {
      for (const way of ['parse', 'framing', 'dialog', 'pbx'] as const) {
        yield shape(way, 'INVITE', 'value', header, '', unit);
        yield shape(way, 'INVITE', 'lines', header, '', unit);
      }
      for (const place of ['value', 'lines'] as const)
        for (const prefix of ['', '<sip:a@b>'])
          yield shape('answer', 'REGISTER', place, header, prefix, unit);
    }
    for (const place of PARTS) {
      yield shape('parse', 'INVITE', place, '', '', unit);
      yield shape('pbx', 'INVITE', place, '', '', unit);
    }
  }
  for (const header of HEADERS)
    for (const way of ['parse', 'framing', 'phone', 'pbx', 'answer'] as const)
      yield shape(way, 'REGISTER', 'fold', header, '', 'a');
}
