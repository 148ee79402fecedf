import type { Refusal } from '../proxy/refusal.ts';
import type { Binding } from '../registrar/binding.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { param } from '../wire/uri.ts';
import type { Context } from './room.ts';

/** More than can be under way at a time without a flood; beyond, a request goes on by itself. */
const MOST = 10_000;

/** No phone has as many flows. */
const MOST_JOINED = 64;

/**
 * A PBX that knows nothing of flows forks a request to each contact that it holds, and a phone with several flows is several.
 * RFC 5626 §7: the phone gets one copy at a time. So the first of such requests goes to it, by whichever of its flows works,
 * and the others wait here for what it answers.
 */
export class JoinedForks {
  readonly #first = new Map<string, Context>();

  /** Requests under way that others could join. */
  get size(): number {
    return this.#first.size;
  }

  /** Whether the same request is under way to that phone already: then this one waits for that one's answer. */
  joins(context: Context, binding: Binding): boolean {
    const key = keyOf(context.request, binding);
    const first = this.#first.get(key);
    if (first !== undefined && !first.answered) {
      if (first.joined.length >= MOST_JOINED) return false;
      first.joined = [...first.joined, context];
      return true;
    }
    if (this.#first.size >= MOST) return false;
    this.#first.set(key, context);
    context.joinKey = key;
    return false;
  }

  /** The request has its final answer: who has waited for it, each once. */
  leave(context: Context): readonly Context[] {
    if (context.joinKey === '') return [];
    this.#first.delete(context.joinKey);
    context.joinKey = '';
    const waiting = context.joined.filter(({ answered }) => !answered);
    context.joined = [];
    return waiting;
  }
}

/** A fork has Call-ID, From tag and CSeq of what it is forked from (RFC 3261 §16.6 step 1). */
function keyOf(request: SipMessage, { aor, instance }: Binding): string {
  const tag = param(request.from()?.params ?? '', 'tag') ?? '';
  return `${request.callId()} ${tag} ${request.value(Header.CSeq)} ${aor} ${instance}`;
}

/** What those who waited are told: the same; but a call that is up is up once, and the others are over. */
export const joinedAnswer = (method: string, status: number, reason: string): Refusal =>
  method === 'INVITE' && status < 300
    ? { status: 487, reason: 'Request Terminated', extra: '' }
    : { status, reason, extra: '' };
