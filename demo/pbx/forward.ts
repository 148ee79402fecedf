import { parseUri, type RouteEntry } from 'sip';
import { type Hop, hopOfUri, hopOfVia, sameHop } from '../wire/hop.ts';
import type { SipRequest, SipResponse } from '../wire/message.ts';

/** Where a request for a user goes: the registered contact and the Path (RFC 3327) it was registered through. */
export interface Target {
  contact: string;
  path: RouteEntry[];
}

export interface Outgoing<Message> {
  message: Message;
  hop: Hop;
}

/** §16.4: takes our own Route entry off; says whether there was one, which marks a request of a dialog through us. */
export function takeOwnRoute(request: SipRequest, self: Hop): { request: SipRequest; wasRouted: boolean } {
  const [top, ...rest] = request.headers.route ?? [];
  if (!sameHop(hopOfUri(top?.uri), self)) return { request, wasRouted: false };
  return { request: { ...request, headers: { ...request.headers, route: rest } }, wasRouted: true };
}

/**
 * §16.6: the copy to send on, to `target` or, without one, where Route and Request-URI lead. `undefined` when that
 * is nowhere the PBX can send to. The caller has looked at Max-Forwards.
 */
export function forwardRequest(
  request: SipRequest,
  self: Hop,
  branch: string,
  target?: Target,
): Outgoing<SipRequest> | undefined {
  const { headers } = request;
  const uri = target?.contact ?? request.uri;
  const route = [...(target?.path ?? []), ...(headers.route ?? [])];
  const hop = hopOfUri(route.length > 0 ? route[0]?.uri : uri);
  if (hop === undefined) return undefined;
  const via = {
    version: '2.0',
    protocol: 'UDP',
    host: self.address,
    port: self.port,
    params: { branch, rport: null },
  };
  const message: SipRequest = {
    ...request,
    uri,
    headers: {
      ...headers,
      via: [via, ...headers.via],
      route,
      // §16.6 step 4: only what makes a dialog, or renews its target, needs to remember the way.
      'record-route':
        request.method === 'INVITE'
          ? [ownRoute(self), ...(headers['record-route'] ?? [])]
          : headers['record-route'],
      'max-forwards': String(maxForwards(request) - 1),
      // §22.3: the credentials for our realm have done their work.
      'proxy-authorization': undefined,
    },
  };
  return { message, hop };
}

/** §16.7, §18.1.2: takes our Via off and finds the next one; `undefined` for a response that is not for us. */
export function forwardResponse(response: SipResponse, self: Hop): Outgoing<SipResponse> | undefined {
  const [own, next, ...rest] = response.headers.via;
  if (own.host !== self.address || own.port !== self.port || next === undefined) return undefined;
  const hop = hopOfVia(next);
  if (hop === undefined) return undefined;
  return { message: { ...response, headers: { ...response.headers, via: [next, ...rest] } }, hop };
}

/** §16.3 step 3: hops that are left; a missing header counts as the usual 70. */
export function maxForwards(request: SipRequest): number {
  const left = Number(request.headers['max-forwards'] ?? 70);
  return Number.isInteger(left) ? left : 0;
}

/** The user of an address of this PBX (its domain, or its own address and port), else `undefined`. */
export function localUser(uriText: string, domain: string, self: Hop): string | undefined {
  const uri = parseUri(uriText);
  if (uri === undefined) return undefined;
  const isOurs = uri.host.toLowerCase() === domain || sameHop(hopOfUri(uri), self);
  return isOurs ? uri.user : undefined;
}

function ownRoute(self: Hop): RouteEntry {
  return {
    uri: { schema: 'sip', user: undefined, host: self.address, port: self.port, params: { lr: null } },
    params: {},
  };
}
