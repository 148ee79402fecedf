import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { addEdit, type LineEdit, removeField } from '../wire/rewrite.ts';
import { param, withoutParams } from '../wire/uri.ts';
import type { NameAddr } from '../wire/value.ts';
import { grantedToAsked } from './accepted.ts';
import { isOutbound } from './binding.ts';
import { supportsPath } from './contact.ts';
import { listedSeconds } from './expiry.ts';
import type { AskedContact, RegisterIntent, RegisterPolicy } from './intent.ts';
import type { Listed, ListedLine } from './listed.ts';
import { flowTimer, requiresOutbound } from './outbound.ts';

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
  for (const listed of lines) {
    const text = restoredLine(listed, response, policy);
    if (text !== undefined) edits.push({ line: listed.line, text });
  }
  if (response.has(Header.Expires)) alignExpires(response, intent, lines, policy, edits);
  const hasPath = response.has(Header.Path);
  if (hasPath && !supportsPath(request)) removeField(response, Header.Path, edits);
  // With insertion Contact the Path of proxies in front of us has not been up, so it is ours to give back.
  const isOurs =
    intent.path.length > 0 && policy.insertion === 'Contact' && !hasPath && supportsPath(request);
  const path = isOurs ? intent.path.map((value) => `Path: ${value}\r\n`).join('') : '';
  return { extra: path + outboundLines(response, intent, lines, policy, edits), edits };
}

/**
 * RFC 5626 §6: a phone that asked for it is told that its flows are kept apart, by us where the PBX sees a contact of ours for
 * each of them, else by the PBX; nobody else is. §5.4: the last to pass it on says how often it wants to hear of the flow.
 */
function outboundLines(
  response: SipMessage,
  intent: RegisterIntent,
  lines: readonly ListedLine[],
  policy: RegisterPolicy,
  edits: LineEdit[],
): string {
  const { outbound, asksOutbound, flow } = intent;
  if (!asksOutbound || outbound === 'no') return '';
  const isTold = requiresOutbound(response);
  if (!isTold && (policy.insertion !== 'Contact' || !areListed(intent, lines))) return '';
  const told = isTold ? '' : 'Require: outbound\r\n';
  if (outbound !== 'edge') return told;
  removeField(response, Header.FlowTimer, edits);
  return told + flowTimer(flow, policy.flowTimerSeconds, policy.idleSeconds);
}

/** Whether the PBX holds what the REGISTER asked for. */
const areListed = ({ contacts }: RegisterIntent, lines: readonly ListedLine[]): boolean =>
  contacts.every(
    (asked) =>
      asked.expiresSeconds === 0 ||
      lines.some((line) =>
        line.contacts.some(({ owner }) => owner.kind === 'asked' && owner.asked === asked),
      ),
  );

/** A line of contacts as the phone is shown it; undefined where it stays as it came. */
function restoredLine(
  { contacts }: ListedLine,
  response: SipMessage,
  policy: RegisterPolicy,
): string | undefined {
  let isChanged = false;
  let text = '';
  for (const listed of contacts) {
    const value = restored(listed, response, policy);
    if (value !== listed.value) isChanged = true;
    text += text === '' ? value : `, ${value}`;
  }
  return isChanged ? `Contact: ${text}\r\n` : undefined;
}

/** How long a contact of this REGISTER is told to live, in seconds: as long as it is kept. */
const toldSeconds = (
  asked: AskedContact,
  listed: NameAddr,
  response: SipMessage,
  policy: RegisterPolicy,
): number => Math.min(grantedToAsked(asked, listed, response), policy.maxExpiresSeconds);

/** One value as the phone is shown it. */
function restored({ value, address, owner }: Listed, response: SipMessage, policy: RegisterPolicy): string {
  if (address === undefined) return value;
  if (owner.kind === 'held') {
    const { foreign, contact } = owner.binding;
    return foreign ? value : contact + address.params;
  }
  if (owner.kind !== 'asked') return value;
  const seconds = toldSeconds(owner.asked, address, response, policy);
  const params =
    listedSeconds(address.params) === seconds
      ? address.params
      : `${withoutParams(address.params, ['expires'])};expires=${seconds}`;
  return owner.asked.contact + params + lostOutbound(owner.asked, params);
}

/** A phone finds its flow's contact by these, which some PBXs do not give back (RFC 5626 §6: all parameters are stored). */
function lostOutbound(asked: AskedContact, params: string): string {
  if (!isOutbound(asked)) return '';
  const regId = param(params, 'reg-id') === undefined ? `;reg-id=${asked.regId}` : '';
  return param(params, '+sip.instance') === undefined ? `${regId};+sip.instance="${asked.instance}"` : regId;
}

/** The Expires header agrees with the contacts of this REGISTER, or it is not there. */
function alignExpires(
  response: SipMessage,
  intent: RegisterIntent,
  lines: readonly ListedLine[],
  policy: RegisterPolicy,
  edits: LineEdit[],
): void {
  if (intent.contacts.length === 0) return;
  const told = new Set<number>();
  for (const { contacts } of lines) {
    for (const { owner, address } of contacts) {
      if (owner.kind === 'asked' && address !== undefined)
        told.add(toldSeconds(owner.asked, address, response, policy));
    }
  }
  const [seconds] = told;
  const line = response.firstLine(Header.Expires);
  if (seconds === undefined) return;
  if (told.size > 1) addEdit(edits, { line, text: '' });
  else if (response.lineValue(line) !== String(seconds))
    addEdit(edits, { line, text: `Expires: ${seconds}\r\n` });
}
