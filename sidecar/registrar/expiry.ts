import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { param } from '../wire/uri.ts';

/** §10.2.1.1: what a malformed expiry means, and what none at all is taken for. */
export const DEFAULT_SECONDS = 3600;

/** §20.19 goes to 2**32-1; nothing longer than this is ever stored. */
const MOST_SECONDS = 2 ** 31 - 1;

/** The PBX counts from when it sent its answer, and its clock ticks on its own: ours runs out this much earlier. */
const MARGIN_SECONDS = 2;

/** A number of seconds in digits, too large ones bounded; undefined for anything else. */
function seconds(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    number = Math.min(number * 10 + digit, MOST_SECONDS);
  }
  return number;
}

/** How long a Contact with these parameters is asked to live (§10.2.1.1), in seconds. */
export function askedSeconds(params: string, expiresHeader: string | undefined): number {
  const own = param(params, 'expires');
  if (own !== undefined) return seconds(own) ?? DEFAULT_SECONDS;
  return expiresHeader === undefined ? DEFAULT_SECONDS : (seconds(expiresHeader) ?? DEFAULT_SECONDS);
}

/** What the PBX's answer says of a contact's life by itself: its parameter, undefined where it has none that can be read. */
export const listedSeconds = (params: string): number | undefined => seconds(param(params, 'expires'));

/** How long the PBX has granted to a contact of this REGISTER, in seconds: its parameter, else the header, else what was asked. */
export const grantedSeconds = (params: string, response: SipMessage, asked: number): number =>
  listedSeconds(params) ?? seconds(response.value(Header.Expires)) ?? asked;

/** When a binding granted at `now` ends here, in ms: before the PBX's own, but not at once. */
export const localExpiry = (granted: number, now: number): number =>
  now + Math.max(granted - MARGIN_SECONDS, 1) * 1000;
