import type { Flow } from '../wire/flow.ts';
import { Header, type HeaderId } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { addEdit, type LineEdit } from '../wire/rewrite.ts';
import { param, parseUri } from '../wire/uri.ts';
import { parseNameAddr } from '../wire/value.ts';

/** RFC 5626 §11.4. */
const OUTBOUND = 'outbound';

/** RFC 5626 §4.4.2: a phone on UDP asks at least this often, in seconds, for many a NAT forgets after half a minute. */
const LONGEST_OVER_UDP = 29;

/**
 * What a REGISTER with a reg-id comes to (RFC 5626 §5.1, §6). `edge`: we are the phone's first hop and name its flow.
 * `behindEdge`: another proxy is, and says so in its Path. `no`: no first hop answers for the flow, so reg-id means nothing.
 */
export type FirstHop = 'edge' | 'behindEdge' | 'no';

export function firstHop(request: SipMessage): FirstHop {
  if (hasOneVia(request)) return 'edge';
  // The first hop's own Path is the last: each proxy after it has put its own on top (RFC 3327 §5.2).
  const path = request.list(Header.Path).at(-1);
  const uri = parseUri(path === undefined ? '' : (parseNameAddr(path)?.uri ?? ''));
  return uri?.kind === 'sip' && param(uri.params, 'ob') !== undefined ? 'behindEdge' : 'no';
}

/** RFC 5626 §5.1: "the edge proxy can determine if it is the first hop by examining the Via header field". */
function hasOneVia(request: SipMessage): boolean {
  const top = request.topVia();
  return (
    !request.repeats(Header.Via) && top !== undefined && top.end >= (request.value(Header.Via) ?? '').length
  );
}

const isOutbound = (tag: string): boolean => tag.toLowerCase() === OUTBOUND;

/** Whether a message has the option tag in Supported or Require. */
export const namesOutbound = (message: SipMessage): boolean =>
  message.list(Header.Supported).some(isOutbound) || message.list(Header.Require).some(isOutbound);

/** Whether a registrar says that it keeps flows apart (RFC 5626 §6). */
export const requiresOutbound = (response: SipMessage): boolean =>
  response.list(Header.Require).some(isOutbound);

/** Takes the option tag out of Supported and Require: what we do ourselves is not asked of the PBX as well. */
export function withoutOutbound(request: SipMessage, edits: LineEdit[]): void {
  for (const [id, name] of OPTION_FIELDS) {
    for (let line = request.firstLine(id); line >= 0; line = request.nextLine(id, line)) {
      const tags = request.lineValue(line).split(',');
      const kept = tags.map((tag) => tag.trim()).filter((tag) => !isOutbound(tag));
      if (kept.length === tags.length) continue;
      addEdit(edits, { line, text: kept.length === 0 ? '' : `${name}: ${kept.join(', ')}\r\n` });
    }
  }
}

const OPTION_FIELDS: readonly (readonly [HeaderId, string])[] = [
  [Header.Supported, 'Supported'],
  [Header.Require, 'Require'],
];

/**
 * RFC 5626 §5.4: how long a phone may leave its flow without a keep-alive, in seconds, as a line with CRLF; '' for 0,
 * nothing told. A stream is closed after `idleSeconds` of silence, so it is told less than that.
 */
export function flowTimer(flow: Flow, seconds: number, idleSeconds: number): string {
  if (seconds === 0) return '';
  const longest = flow.transport === 'UDP' ? LONGEST_OVER_UDP : Math.floor((idleSeconds * 4) / 5);
  return `Flow-Timer: ${Math.min(seconds, longest)}\r\n`;
}
