import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { param, parseUri } from '../wire/uri.ts';
import { parseNameAddr } from '../wire/value.ts';

/** By which Request-URI and Routes a copy goes on, instead of its own. */
export interface Routing {
  /** '' as received. */
  readonly requestUri: string;
  /** Values that go on top of Route. */
  readonly routes: readonly string[];
  /** How many Route values from the top are used up. */
  readonly routesPopped: number;
  /** §16.4: the last Route value is the Request-URI now. */
  readonly lastRoutePopped: boolean;
}

/**
 * §16.6 step 6: where the next hop by Route knows strict routing only (its URI has no lr), that URI becomes the Request-URI,
 * and the Request-URI the last Route. Most requests have no Route left, and come back as they are.
 */
export function strictNext(request: SipMessage, routing: Routing): Routing {
  const { routes, routesPopped, lastRoutePopped } = routing;
  if (routes.length === 0 && !request.has(Header.Route)) return routing;
  const received = request.list(Header.Route);
  const left = received.slice(routesPopped, lastRoutePopped ? -1 : undefined);
  const [first = '', ...later] = [...routes, ...left];
  const next = parseNameAddr(first);
  const uri = next && parseUri(next.uri);
  if (next === undefined || uri?.kind !== 'sip' || param(uri.params, 'lr') !== undefined) return routing;
  const requestUri = routing.requestUri === '' ? request.requestUri : routing.requestUri;
  return {
    requestUri: next.uri,
    routes: [...later, `<${requestUri}>`],
    routesPopped: received.length,
    lastRoutePopped,
  };
}
