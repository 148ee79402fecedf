import { FNV_OFFSET, fnvFinished, fnvStep, fnvText } from '../wire/fnv.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { parseVia } from '../wire/value.ts';
import type { OwnAddresses } from './own.ts';
import { type Refusal, refuse } from './refusal.ts';

/** §8.1.1.7: the start of every branch by RFC 3261. */
const COOKIE = 'z9hG4bK';

/** Max-Forwards lets no request pass more proxies (§20.22). */
const MOST_HOPS = 255;

export const LOOP: Refusal = refuse(482, 'this request has been here before, and would only come again');

/** §8.2.2.2: the same status for what is none. */
export const MERGED: Refusal = refuse(482, 'this request has come before, by another way');

/**
 * Branches that tell a loop from a spiral (§16.6 step 8, RFC 5393 §4.2.1). Behind a part that is new each time stands a mark of all
 * that the way of the request was chosen by. If a request comes back with a Via of ours that bears the same mark, it would
 * go the same way again; with another one it spirals, which is lawful (a PBX that is a proxy sends all calls so).
 * Nothing is kept for it, so it works for an ACK too, and when its transaction has ended.
 */
export class LoopMarks {
  readonly #seed: number;

  /** `seed`: what nobody else knows, so that nobody can make two ways look like one. */
  constructor(seed: string) {
    this.#seed = mix(FNV_OFFSET, seed);
  }

  /** A branch for a copy of the request; `unique` is of at least 64 bits (§8.1.1.7). */
  branch(request: SipMessage, fromUpstream: boolean, unique: string): string {
    return COOKIE + unique + this.#mark(request, fromUpstream);
  }

  /**
   * Whether it has been here before, and nothing has changed since that its way depends on (RFC 5393 §4.2.2). Nearly every request
   * has one Via, so none of it is ours, and costs nothing here.
   */
  hasLooped(request: SipMessage, fromUpstream: boolean, own: OwnAddresses): boolean {
    const top = request.topVia();
    if (!request.repeats(Header.Via) && (top?.end ?? 0) >= (request.value(Header.Via)?.length ?? 0))
      return false;
    let mark = '';
    for (const value of request.list(Header.Via).slice(0, MOST_HOPS)) {
      const via = parseVia(value);
      // We always say our port.
      if (via?.port === undefined || !own.isOurAddress(via.host, via.port)) continue;
      if (mark === '') mark = this.#mark(request, fromUpstream);
      if (via.branch.endsWith(mark)) return true;
    }
    return false;
  }

  /**
   * RFC 5393 §4.2.1: it depends on the Request-URI and Route as received and on whatever else decides here, which is the side that the
   * request came from and whether it has a To tag; the From tag, Call-ID and CSeq number say which request it is. The
   * method is not in it (§16.6 step 8), for a CANCEL and the ACK of a non-2xx have the branch of their INVITE.
   */
  #mark(request: SipMessage, fromUpstream: boolean): string {
    return written(this.number(request, fromUpstream));
  }

  /** The same as a number; it is one and the same for a request and its repetitions. */
  number(request: SipMessage, fromUpstream: boolean): number {
    let hash = mix(this.#seed, request.requestUri);
    for (let line = request.firstLine(Header.Route); line >= 0; line = request.nextLine(Header.Route, line))
      hash = mix(hash, request.lineValue(line));
    hash = mix(hash, request.callId());
    // Their tags, and mostly nothing else.
    hash = mix(hash, request.from()?.params ?? '');
    hash = mix(hash, request.to()?.params ?? '');
    hash = fnvStep(hash, request.cseq()?.number ?? 0);
    hash = fnvStep(hash, fromUpstream ? 1 : 2);
    return fnvFinished(hash);
  }
}

/** The end of a text is no character of one, so that none runs into the next. */
const mix = (start: number, text: string): number => fnvStep(fnvText(start, text), 256);

/** 30 bits as six characters of a token: the second part of a branch by RFC 5393 §4.2.1. */
const written = (hash: number): string =>
  String.fromCharCode(
    digit(hash),
    digit(hash >>> 5),
    digit(hash >>> 10),
    digit(hash >>> 15),
    digit(hash >>> 20),
    digit(hash >>> 25),
  );

/** 0 to 9, a to v. */
const digit = (bits: number): number => ((bits & 31) < 10 ? 48 : 87) + (bits & 31);
