import { type CSeq, type Headers, type NameAddr, parse, stringify, type Via } from 'sip';

interface MandatoryHeaders {
  via: [Via, ...Via[]];
  to: NameAddr;
  from: NameAddr;
  'call-id': string;
  cseq: CSeq;
}

/** The headers that a message may have beside the mandatory ones. */
export type OptionalHeaders = Omit<Headers, keyof MandatoryHeaders>;

export type SipHeaders = OptionalHeaders & MandatoryHeaders;

/** A request whose mandatory headers (§8.1.1) are there; `content` is UTF-8 text. */
export interface SipRequest {
  method: string;
  uri: string;
  version: string;
  headers: SipHeaders;
  content: string;
  status?: undefined;
}

/** A request before its transaction has given it a Via. */
export type UnsentRequest = Omit<SipRequest, 'headers'> & { headers: Omit<SipHeaders, 'via'> };

/** A response whose mandatory headers are there; `content` is UTF-8 text. */
export interface SipResponse {
  status: number;
  reason: string;
  version: string;
  headers: SipHeaders;
  content: string;
  method?: undefined;
}

export type SipMessage = SipRequest | SipResponse;

/**
 * Reads one datagram. Gives `undefined` for a keep-alive, for what is no SIP, and for a message that lacks a
 * mandatory header: the package's parser drops unreadable headers in silence, so their absence is looked for here.
 */
export function readMessage(datagram: Buffer): SipMessage | undefined {
  const message = parseOrNothing(datagram);
  if (message === undefined || !hasMandatoryHeaders(message.headers)) return undefined;
  if (message.method !== undefined && message.method !== message.headers.cseq.method) return undefined;
  const content = Buffer.from(message.content, 'latin1').toString('utf8');
  return { ...message, headers: message.headers, content };
}

/** The datagram of a message. Works on a copy, since the package's `stringify` writes into its argument. */
export function writeMessage(message: SipMessage): Buffer {
  const content = Buffer.from(message.content, 'utf8').toString('latin1');
  return Buffer.from(stringify({ ...message, headers: { ...message.headers }, content }), 'latin1');
}

/** §8.2.6: the answer to a request, with its Via, To, From, Call-ID and CSeq; `toTag` is added where To has none. */
export function respondTo(
  request: SipRequest,
  status: number,
  reason: string,
  toTag: string,
  headers: OptionalHeaders = {},
): SipResponse {
  const { via, from, to, cseq } = request.headers;
  // §8.2.6.2: a 100 carries no tag of ours, every other answer to a request without one does.
  const tagged = to.params.tag ? to : { ...to, params: { ...to.params, tag: toTag } };
  return {
    status,
    reason,
    version: '2.0',
    headers: { via, from, to: tagged, 'call-id': request.headers['call-id'], cseq, ...headers },
    content: '',
  };
}

/** §17.2.3: what a request and its retransmissions share. ACK and CANCEL of an INVITE take its method by `method`. */
export function transactionKey(request: SipRequest, method = request.method): string {
  const { via, cseq } = request.headers;
  const { host, port, params } = via[0];
  return [params.branch, host, port, request.headers['call-id'], cseq.seq, method].join(' ');
}

function parseOrNothing(datagram: Buffer) {
  try {
    return parse(datagram);
  } catch {
    return undefined;
  }
}

function hasMandatoryHeaders(headers: Headers): headers is SipHeaders {
  const { via, to, from, cseq } = headers;
  return (
    Array.isArray(via) &&
    via.length > 0 &&
    Boolean(to?.uri) &&
    Boolean(from?.uri) &&
    Boolean(headers['call-id']) &&
    Number.isSafeInteger(cseq?.seq)
  );
}
