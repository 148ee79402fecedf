import { backwardText, forwardText } from '../../../sidecar/proxy/forward.ts';
import { composeResponse } from '../../../sidecar/wire/compose.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import type { SipMessage } from '../../../sidecar/wire/message.ts';
import { isMalformed, parseMessage } from '../../../sidecar/wire/message.ts';
import { paramMap, withoutParams } from '../../../sidecar/wire/param.ts';
import { parseUri, printUri, sameUri } from '../../../sidecar/wire/uri.ts';
import { parseCSeq, parseNameAddr, parseVia, splitValues, unquoted } from '../../../sidecar/wire/value.ts';
import { mustKeepLines } from '../engine/kept-lines.ts';
import { must } from '../target.ts';
import { message } from '../text/message.ts';
import { withoutPlaces } from '../text/places.ts';
import { textTarget } from '../text/text-target.ts';

const OUR_VIA = 'Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bKours;rport\r\n';

/** A text is read, and what is read is what stands there. */
export function check(text: string): void {
  const parsed = [parseMessage(text, 'datagram'), parseMessage(text, 'stream')];
  for (const one of parsed) {
    if (!isMalformed(one)) readAll(one);
    else if (one.message !== undefined) mayBeRefused(one.message);
  }
  const [datagram, stream] = parsed;
  if (datagram === undefined || stream === undefined || isMalformed(datagram)) {
    must(stream === undefined || isMalformed(stream), 'a stream takes what a datagram does not');
    return;
  }
  goesOn(datagram);
}

/** Every value of it is asked for. */
function readAll(message: SipMessage): void {
  must(message.topVia() !== undefined, 'a message without a top Via is taken');
  must(message.cseq() !== undefined && message.callId() !== '', 'a message without CSeq or Call-ID is taken');
  const lines = Array.from({ length: message.lineCount }, (_, line) => line);
  const joined = lines.map((line) => message.text.slice(message.lineStart(line), message.lineEnd(line)));
  const head = message.text.slice(0, message.lineStart(0));
  const end = message.text.slice(message.lineEnd(message.lineCount - 1), message.headersEnd);
  must(head + joined.join('') + end + message.body === message.text, 'the lines are not the message');
  for (const line of lines) {
    const value = message.lineValue(line);
    must(!value.includes('\n'), 'a value is still folded');
    readValue(value);
  }
  for (const id of Object.values(Header)) {
    message.list(id);
    must(message.has(id) === message.values(id).length > 0, 'has and values differ');
    must(message.repeats(id) === message.values(id).length > 1, 'repeats and values differ');
  }
}

function readValue(value: string): void {
  parseCSeq(value);
  parseVia(value);
  unquoted(value);
  for (const one of splitValues(value)) {
    must(one !== '' && value.includes(one), 'a value of a list is not of its line');
    const address = parseNameAddr(one);
    if (address === undefined) continue;
    paramMap(address.params);
    withoutParams(address.params, ['tag', 'expires']);
    readUri(address.uri);
  }
}

/** §19.1.4: a URI that is printed is the same when it is read again. */
function readUri(text: string): void {
  const uri = parseUri(text);
  if (uri === undefined) return;
  const printed = printUri(uri);
  const again = parseUri(printed);
  must(again !== undefined && printUri(again) === printed, `a URI changes when it is printed: ${printed}`);
  if (uri.kind !== 'sip' || again?.kind !== 'sip') return;
  must(sameUri(uri, again), `a URI differs from itself: ${printed}`);
}

function mayBeRefused(message: SipMessage): void {
  must(message.isRequest && message.method !== 'ACK', 'an answer to what is never answered');
  composeResponse(message, 400, 'Bad Request', 'tag');
}

/** What goes on can be read by us again, is what came but for what had to change, and so on for ever. */
function goesOn(received: SipMessage): void {
  let message = received;
  for (let pass = 0; pass < 3; pass++) {
    const text = message.isRequest ? onward(message) : backwardText(message, []);
    if (text === undefined) return;
    const next = parseMessage(text, 'stream', Number.POSITIVE_INFINITY);
    if (isMalformed(next)) {
      // §16.7: the Via below ours is its sender's; a response that has lost it goes no further than to the next hop.
      const isTheirs = !message.isRequest && /Via$/.test(next.malformed);
      return must(isTheirs, `what goes on is malformed: ${next.malformed}`);
    }
    mustKeepLines(message, next);
    must(text.length <= message.text.length + 200, 'it grows more than it may');
    message = next;
  }
}

const onward = (request: SipMessage): string =>
  forwardText(request, {
    via: OUR_VIA,
    stampedVia: '',
    requestUri: '',
    routesPopped: 0,
    lastRoutePopped: false,
    breadth: 0,
    top: '',
    edits: [],
  });

export const parserTarget = (seeds: readonly string[]) =>
  textTarget({
    name: 'parser',
    weight: 2,
    seeds,
    generate: (chance) => withoutPlaces(message(chance)),
    check: (text) => check(withoutPlaces(text)),
  });
