import { isMalformed, type Malformed, parseMessage, SipMessage } from '../../../sidecar/wire/message.ts';

/** Lines as a message: each with CRLF, the empty line, the body. */
export function text(lines: readonly string[], body = ''): string {
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A REGISTER with a change: header lines taken out by the start of their text, others put at the end. */
export function register(
  change: { without?: readonly string[]; with?: readonly string[]; body?: string } = {},
): string {
  const lines = [
    'REGISTER sip:pbx.test SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK-1;rport',
    'Max-Forwards: 70',
    'From: "Alice" <sip:alice@pbx.test>;tag=a1',
    'To: "Alice" <sip:alice@pbx.test>',
    'Call-ID: c1@192.0.2.7',
    'CSeq: 7 REGISTER',
    'Contact: <sip:alice@192.0.2.7:5062;transport=udp>;expires=3600',
    'X-Odd:   as   it  is  ',
    'Content-Length: 0',
  ].filter((line) => !(change.without ?? []).some((start) => line.startsWith(start)));
  return text([...lines, ...(change.with ?? [])], change.body);
}

/** The message in the text; throws where a test took it for a good one and it is not. */
export function read(received: string): SipMessage {
  const parsed = parseMessage(received, 'datagram');
  if (isMalformed(parsed)) throw new Error(`malformed: ${parsed.malformed}`);
  return parsed;
}

/** What is wrong with the text; throws where nothing is. */
export function fault(received: string): Malformed {
  const parsed = parseMessage(received, 'datagram');
  if (parsed instanceof SipMessage) throw new Error('a good message');
  return parsed;
}
