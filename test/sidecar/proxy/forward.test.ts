import { describe, expect, it } from 'vitest';
import { backwardText, type Changes, forwardText } from '../../../sidecar/proxy/forward.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import { read, requestText } from '../../support/sip-text.ts';

const changes = (some: Partial<Changes> = {}): Changes => ({
  via: 'Via: SIP/2.0/UDP us;branch=z9hG4bKus\r\n',
  stampedVia: '',
  requestUri: '',
  routesPopped: 0,
  lastRoutePopped: false,
  breadth: 0,
  top: '',
  edits: [],
  ...some,
});
const ROUTES = ['Route: <sip:1>, <sip:2>', 'X-Between: y', 'Route: <sip:3>', 'Route: <sip:4>'];
const routed = (some: Partial<Changes>): readonly string[] =>
  read(forwardText(read(requestText({ method: 'INVITE', headers: ROUTES })), changes(some))).values(
    Header.Route,
  );

describe('a request’s copy', () => {
  it('has our Via on top and one hop less, and is else what was received, byte for byte', () => {
    const text = requestText({
      method: 'XYZZY',
      headers: ['x-odd :   y\r\n  folded', 'v: SIP/2.0/UDP h'],
      body: '\xff\0',
    });
    const copy = forwardText(read(text), changes());
    expect(copy).toBe(
      text.replace('\r\n', `\r\n${changes().via}`).replace('Max-Forwards: 70', 'Max-Forwards: 69'),
    );
  });

  it('loses Route values from the top, over however many lines, and from the end', () => {
    const numbers = (some: Partial<Changes>) => routed(some).join().match(/\d/g)?.join('') ?? '';
    expect(numbers({})).toBe('1234');
    expect(numbers({ routesPopped: 1 })).toBe('234');
    expect(numbers({ routesPopped: 3 })).toBe('4');
    expect(numbers({ routesPopped: 9 })).toBe('');
    expect(numbers({ lastRoutePopped: true })).toBe('123');
    expect(numbers({ routesPopped: 2, lastRoutePopped: true })).toBe('3');
  });

  it('tells its length where the request did not (§20.14)', () => {
    const text = requestText({ method: 'INFO', body: 'four' }).replace('Content-Length: 4\r\n', '');
    expect(read(forwardText(read(text), changes())).contentLength()).toBe(4);
  });
});

describe('a response on its way back', () => {
  const response = (vias: string): string =>
    requestText({ method: 'INFO' }).replace(/^.*\r\nVia: .*/, `SIP/2.0 200 OK\r\n${vias}`);
  const back = (vias: string): readonly string[] | undefined => {
    const text = backwardText(read(response(vias)), []);
    return text === undefined ? undefined : read(text).values(Header.Via);
  };

  it('loses our Via, on its own line or before others on one', () => {
    const [ours, theirs] = ['SIP/2.0/UDP us;branch=z9hG4bK1', 'SIP/2.0/UDP them;branch=z9hG4bK2;q="a,b"'];
    expect(back(`Via: ${ours}\r\nVia: ${theirs}`)).toEqual([theirs]);
    expect(back(`v: ${ours}, ${theirs},${theirs}`)).toEqual([`${theirs},${theirs}`]);
    expect(back(`Via: ${ours} ,\r\n ${theirs}`)).toEqual([theirs]);
  });

  it('was for us alone where no other Via is left', () => {
    for (const vias of ['Via: SIP/2.0/UDP us;branch=z9hG4bK1', 'Via: SIP/2.0/UDP us;branch=z9hG4bK1 ,'])
      expect(back(vias)).toBeUndefined();
  });
});
