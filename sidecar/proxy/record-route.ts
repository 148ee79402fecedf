import type { ResponseContext, Target } from './context.ts';
import type { OwnAddresses } from './own.ts';

/**
 * The lines (with CRLF) by which what may open a dialog comes back through here (§16.6 step 4): one for each side, the side
 * that the request goes to on top, where the two know us by other names, transports or IP versions; one where not
 * (RFC 5658). They are sips: where the request demands TLS, and never else. `token` names the phone's flow.
 */
export function recordRoutes(
  context: ResponseContext<unknown>,
  target: Target,
  own: OwnAddresses,
  token: string,
): string {
  const { source, fromUpstream, secureHops } = context;
  const scheme = secureHops === 'none' ? 'sip' : 'sips';
  const towards = own.routeUri(target.flow, target.side, token, scheme);
  const from = own.routeUri(source, fromUpstream ? 'upstream' : 'phones', token, scheme);
  const near = `Record-Route: ${towards}\r\n`;
  return towards === from ? near : `${near}Record-Route: ${from}\r\n`;
}
