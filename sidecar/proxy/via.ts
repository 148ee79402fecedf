import { defaultPort, type Flow, hostPort } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { param, withoutParams } from '../wire/uri.ts';
import { trimmed, type Via } from '../wire/value.ts';

/**
 * Our own Via line (§16.6 step 8, §18.1.1), with CRLF. `rport` asks for the symmetric answer of RFC 3581 §3; `extra` is
 * further parameters.
 */
export function ownVia(transport: string, host: string, port: number, branch: string, extra = ''): string {
  return `Via: SIP/2.0/${transport} ${hostPort(host, port)};branch=${branch};rport${extra}\r\n`;
}

/**
 * The request's first Via line with where it really came from (§18.2.1 `received`, RFC 3581 §4 `rport`), with
 * CRLF; '' where it already tells the truth and did not ask.
 */
export function stampedVia(request: SipMessage, via: Via, source: Flow): string {
  const asked = param(via.params, 'rport') === '';
  if (!asked && via.host === source.address && param(via.params, 'received') === undefined) return '';
  const value = request.value(Header.Via) as string;
  const own = trimmed(value, 0, via.end);
  const first = own.slice(0, own.length - via.params.length);
  // RFC 3581 §4: where rport is asked for, received is said even if it is the same address.
  const kept = asked ? withoutReceived(via.params) : withoutParams(via.params, RECEIVED);
  const rport = asked ? `;rport=${source.port}` : '';
  return `Via: ${first}${kept};received=${source.address}${rport}${value.slice(via.end)}\r\n`;
}

const RECEIVED = ['received'];
const RECEIVED_AND_RPORT = ['received', 'rport'];

/** The parameters without what we are to say ourselves. Mostly that is an rport at the end and nothing else. */
function withoutReceived(params: string): string {
  const isPlain = params.endsWith(';rport') && !params.includes('received');
  return isPlain ? params.slice(0, -6) : withoutParams(params, RECEIVED_AND_RPORT);
}

/** Where the answers to a request go (§18.2.2, RFC 3581 §4). `maddr` is not obeyed: it would let anyone aim us at others. */
export function answerFlow(via: Via, source: Flow): Flow {
  if (source.transport !== 'UDP' || param(via.params, 'rport') !== undefined) return source;
  const port = via.port ?? defaultPort(source.transport);
  return port === source.port ? source : { ...source, port };
}

/**
 * Where an answer goes when the connection it should take is closed (§18.2.2: received:sent-by port); of a WebSocket
 * nowhere else (RFC 7118 §5.3).
 */
export function fallbackFlow(via: Via, source: Flow): Flow {
  if (source.transport === 'WS' || source.transport === 'WSS') return source;
  return { ...source, port: via.port ?? defaultPort(source.transport), connection: 0 };
}

/** RFC 5923 §8.1: the PBX may send its own requests over the connection that we have opened, and whose certificate we have checked. */
export const aliasParam = ({ transport }: Flow): string => (transport === 'TLS' ? ';alias' : '');
