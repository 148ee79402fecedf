/** Who may open WebSockets on a listener, and where. */
export interface WebSocketRules {
  readonly path: string;
  /** In lower case, as browsers write them; none means that any may. */
  readonly allowedOrigins: readonly string[];
}

/** What a request to open a WebSocket says (RFC 6455 §4.1), as far as it decides. */
export interface UpgradeRequest {
  readonly target: string;
  readonly origin: string | undefined;
  readonly version: string | undefined;
  readonly protocols: string | undefined;
}

/** The answer to an HTTP request that opens no WebSocket: a word for metrics, and a sentence for whoever sent it. */
export interface UpgradeRefusal {
  readonly status: 400 | 403 | 404 | 408 | 426 | 431;
  readonly reason: string;
  readonly sentence: string;
}

const refusal = (status: UpgradeRefusal['status'], reason: string, sentence: string): UpgradeRefusal => ({
  status,
  reason,
  sentence,
});

/** RFC 7118 §4.1: the subprotocol of SIP. */
export const SUBPROTOCOL = 'sip';

/** The version of RFC 6455, the only one that browsers speak. */
export const WEBSOCKET_VERSION = '13';

export const PLAIN_REQUEST = refusal(426, 'no_upgrade', 'this address speaks SIP over WebSocket (RFC 7118)');
export const BAD_REQUEST = refusal(400, 'bad_request', 'this is no request that opens a WebSocket');
export const LARGE_REQUEST = refusal(431, 'header_too_large', "the request's header is too large");
export const SLOW_REQUEST = refusal(408, 'timeout', 'the request was not complete in time');

/** As long as an origin may be that the resource allows; who sends a longer one makes no log longer. */
const SHOWN_CHARACTERS = 270;

/** Why a request may open no WebSocket; undefined where it may. */
export function upgradeRefusal(request: UpgradeRequest, rules: WebSocketRules): UpgradeRefusal | undefined {
  const { target, origin, version, protocols } = request;
  const path = target.split('?', 1)[0];
  if (path !== rules.path)
    return refusal(404, 'path', `there is no WebSocket at this path, but at ${rules.path}`);
  // RFC 6455 §10.2: a browser says truly which site its page is of; whoever is no browser need not say it, and may lie.
  if (origin !== undefined && !isAllowed(origin.toLowerCase(), rules.allowedOrigins))
    return refusal(
      403,
      'origin',
      `pages of ${origin.slice(0, SHOWN_CHARACTERS)} may not connect; webSocket.allowedOrigins names those that may`,
    );
  // RFC 6455 §4.2.2: the answer names the version that would do.
  if (version !== WEBSOCKET_VERSION)
    return refusal(426, 'version', `only version ${WEBSOCKET_VERSION} of WebSocket is spoken here`);
  // RFC 7118 §4.1: both sides have to agree on it.
  const offered = (protocols ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(SUBPROTOCOL))
    return refusal(
      400,
      'subprotocol',
      `the subprotocol ${SUBPROTOCOL} must be offered (Sec-WebSocket-Protocol)`,
    );
  return undefined;
}

const isAllowed = (origin: string, allowed: readonly string[]): boolean =>
  allowed.length === 0 || allowed.includes(origin);
