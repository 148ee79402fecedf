import { reasonPhrase } from '../wire/compose.ts';

/** An answer of our own: status, reason phrase and further header lines, each with its CRLF. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly extra: string;
}

/** §20.43: code 399 is for people to read; it says which rule of ours refused. */
export const warning = (text: string, code = 399): string =>
  // What a peer wrote may be in it: §25.1 quoted-string, in which no line may end.
  `Warning: ${code} midregistrar "${shortened(text)
    .replace(/[\r\n]/g, ' ')
    .replace(/["\\]/g, '\\$&')}"\r\n`;

/** Enough to know a name again by. */
const LONGEST_WARNING = 300;

const shortened = (text: string): string =>
  text.length > LONGEST_WARNING ? `${text.slice(0, LONGEST_WARNING)}...` : text;

/** Header lines less what is only for people to read. */
export const withoutWarning = (lines: string): string => lines.replace(/^Warning: .*\r\n/gm, '');

/** A refusal with the standard reason phrase and a sentence that says why. */
export function refuse(status: number, why: string, extra = ''): Refusal {
  return { status, reason: reasonPhrase(status), extra: warning(why) + extra };
}

/** How long a client is asked to stay away when it is us or the PBX that can't serve it (§20.33), in seconds. */
export const RETRY_AFTER = 'Retry-After: 10\r\n';

/** There is no way to the PBX, since its name leads nowhere. */
export const noUpstream = (host: string): Refusal =>
  refuse(504, `the PBX's name ${host} has no address`, RETRY_AFTER);
