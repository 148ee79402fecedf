import type { SipMessage } from '../wire/message.ts';
import { param } from '../wire/uri.ts';
import type { Level } from './overload.ts';

/** Who has sent a request: a phone that is registered (or who is trusted), or anybody else but the PBX. */
export type Sender = 'known' | 'unknown';

/** What ends or goes on with something that is under way, also where it has no To tag (§9.1, §17.1.1.3). */
const GOES_ON: ReadonlySet<string> = new Set(['ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO']);

/**
 * Whether a request is to be refused at a level of overload (which first is local policy, as in RFC 7339; what
 * is under way comes before what is new). Never one within a dialog, nor the refresh of a phone over
 * the flow that it is registered by.
 */
export function isShed(request: SipMessage, sender: Sender, level: Level): boolean {
  if (level === 0) return false;
  const { method } = request;
  if (method === 'REGISTER') return sender === 'unknown' && level >= 2;
  if (GOES_ON.has(method) || param(request.to()?.params ?? '', 'tag') !== undefined) return false;
  return sender === 'unknown' || level >= 3;
}
