import { describe, expect, it } from 'vitest';
import { type Routing, strictNext } from '../../../sidecar/proxy/strict.ts';
import { read, requestText } from '../../support/sip-text.ts';

const routing = (headers: readonly string[], some: Partial<Routing> = {}): Routing =>
  strictNext(read(requestText({ method: 'BYE', uri: 'sip:far@end.test', headers })), {
    requestUri: '',
    routes: [],
    routesPopped: 1,
    lastRoutePopped: false,
    ...some,
  });

describe('a next hop by Route (§16.6 step 6)', () => {
  it('that knows loose routing changes nothing, however it says so', () => {
    for (const lr of ['lr', 'lr=on', 'lr=true', 'LR']) {
      const { requestUri, routesPopped } = routing([`Route: <sip:us;lr>, <sip:next.test;${lr}>`]);
      expect([requestUri, routesPopped]).toEqual(['', 1]);
    }
  });

  it('is none where no Route is left', () => {
    expect(routing(['Route: <sip:us;lr>'])).toMatchObject({ requestUri: '', routes: [] });
    expect(routing([], { routesPopped: 0 })).toMatchObject({ requestUri: '', routes: [] });
  });

  it('that knows strict routing only becomes the Request-URI, and that the last Route', () => {
    expect(routing(['Route: <sip:us;lr>, <sip:strict.test>', 'Route: <sip:later.test;lr>'])).toEqual({
      requestUri: 'sip:strict.test',
      routes: ['<sip:later.test;lr>', '<sip:far@end.test>'],
      routesPopped: 3,
      lastRoutePopped: false,
    });
  });

  it('is, of a request that a strict router has sent us, what stands below our own (§16.4)', () => {
    const some = { requestUri: 'sip:meant@end.test', routesPopped: 0, lastRoutePopped: true };
    expect(routing(['Route: <sip:strict.test>, <sip:meant@end.test>'], some)).toEqual({
      requestUri: 'sip:strict.test',
      routes: ['<sip:meant@end.test>'],
      routesPopped: 2,
      lastRoutePopped: true,
    });
  });

  it('may be one of a registered Path', () => {
    expect(
      routing(['Route: <sip:us;lr>'], { requestUri: 'sip:bob@phone', routes: ['<sip:edge.test>'] }),
    ).toEqual({
      requestUri: 'sip:edge.test',
      routes: ['<sip:bob@phone>'],
      routesPopped: 1,
      lastRoutePopped: false,
    });
  });
});
