import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import type { Answer } from './context.ts';

// §16.7 step 6: within 4xx those that let the caller do better next time come first.
const helpful = new Set([401, 407, 415, 420, 484]);

function rank(status: number): number {
  if (status >= 600) return 0;
  const group = Math.floor(status / 100) * 10;
  return helpful.has(status) ? group : group + 1;
}

/** The answer that goes back of those that the copies of a request got (§16.7 step 6): 6xx, else the lowest class. */
export function bestAnswer(answers: readonly Answer[]): Answer | undefined {
  let best: Answer | undefined;
  for (const answer of answers) {
    // A peer's word says more than our own about a silent one.
    const isBetter =
      best === undefined ||
      rank(answer.status) < rank(best.status) ||
      (rank(answer.status) === rank(best.status) &&
        best.response === undefined &&
        answer.response !== undefined);
    if (isBetter) best = answer;
  }
  return best;
}

/** §16.7 step 7: the challenges of the other copies go back together with a 401 or 407, in lines with CRLF. */
export function otherChallenges(chosen: SipMessage, answers: readonly Answer[]): string {
  if (chosen.status !== 401 && chosen.status !== 407) return '';
  let lines = '';
  for (const { status, response } of answers) {
    if (response === undefined || response === chosen || (status !== 401 && status !== 407)) continue;
    for (const value of response.values(Header.WwwAuthenticate)) lines += `WWW-Authenticate: ${value}\r\n`;
    for (const value of response.values(Header.ProxyAuthenticate))
      lines += `Proxy-Authenticate: ${value}\r\n`;
  }
  return lines;
}
