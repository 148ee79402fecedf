import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import type { LineEdit } from '../wire/rewrite.ts';
import { withoutParams } from '../wire/uri.ts';
import { supportsPath } from './contact.ts';
import { grantedSeconds, listedSeconds } from './expiry.ts';
import type { RegisterIntent, RegisterPolicy } from './intent.ts';
import type { Listed, ListedLine } from './listed.ts';

/** What is changed in a 2xx on its way to the phone: lines on top (with CRLF) and edits of lines. */
export interface AnswerChanges {
  readonly extra: string;
  readonly edits: readonly LineEdit[];
}

/**
 * The phones' own contacts are put back, those of others stay as the PBX wrote them; what the phone is told of a
 * contact's life is what it is kept for; a Path is for those who asked for it (RFC 3327 §5.3).
 */
export function answerChanges(
  request: SipMessage,
  response: SipMessage,
  intent: RegisterIntent,
  lines: readonly ListedLine[],
  policy: RegisterPolicy,
): AnswerChanges {
  const edits: LineEdit[] = [];
  const told = new Set<number>();
  for (const { line, contacts } of lines) {
    const values = contacts.map((listed) => restored(listed, response, policy, told));
    if (values.some((value, i) => value !== contacts[i]?.value))
      edits.push({ line, text: `${response.lineName(line)}: ${values.join(', ')}\r\n` });
  }
  if (response.has(Header.Expires)) alignExpires(response, told, edits);
  const wantsPath = supportsPath(request);
  if (!wantsPath) removePath(response, edits);
  // With insertion Contact the Path of proxies in front of us has not been up, so it is ours to give back.
  const isOurs = wantsPath && policy.insertion === 'Contact' && !response.has(Header.Path);
  return { extra: isOurs ? intent.path.map((value) => `Path: ${value}\r\n`).join('') : '', edits };
}

/** One value as the phone is shown it; `told` takes how long this REGISTER's contacts live. */
function restored(
  { value, address, owner }: Listed,
  response: SipMessage,
  policy: RegisterPolicy,
  told: Set<number>,
): string {
  if (address === undefined) return value;
  if (owner.kind === 'held') {
    const { foreign, contact } = owner.binding;
    return foreign ? value : contact + address.params;
  }
  if (owner.kind !== 'asked') return value;
  const granted = grantedSeconds(address.params, response, owner.asked.expiresSeconds);
  const seconds = Math.min(granted, policy.maxExpiresSeconds);
  told.add(seconds);
  const params =
    listedSeconds(address.params) === seconds
      ? address.params
      : `${withoutParams(address.params, ['expires'])};expires=${seconds}`;
  return owner.asked.contact + params;
}

/** The Expires header agrees with the contacts of this REGISTER, or it is not there. */
function alignExpires(response: SipMessage, told: ReadonlySet<number>, edits: LineEdit[]): void {
  const line = response.firstLine(Header.Expires);
  const [seconds] = told;
  if (seconds === undefined) return;
  if (told.size > 1) edits.push({ line, text: '' });
  else if (response.lineValue(line) !== String(seconds))
    edits.push({ line, text: `Expires: ${seconds}\r\n` });
}

function removePath(response: SipMessage, edits: LineEdit[]): void {
  for (let line = response.firstLine(Header.Path); line >= 0; line = response.nextLine(Header.Path, line))
    edits.push({ line, text: '' });
}
