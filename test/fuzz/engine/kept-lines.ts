import { Header } from '../../../sidecar/wire/header.ts';
import type { SipMessage } from '../../../sidecar/wire/message.ts';
import { parseVia } from '../../../sidecar/wire/value.ts';
import { must } from '../target.ts';
import { OWN_HOSTS } from './variants.ts';

/** What a proxy is to change on the way (§16.6, §16.7). */
const HOP_BY_HOP: readonly number[] = [Header.Via, Header.MaxForwards, Header.MaxBreadth, Header.Route];
const CHANGED: ReadonlySet<number> = new Set(HOP_BY_HOP);

/** In a REGISTER and its answers also what the registrar does (§10.3, RFC 3327 §5, RFC 5626 §5.1). */
const CHANGED_IN_REGISTER: ReadonlySet<number> = new Set([
  ...HOP_BY_HOP,
  Header.Contact,
  Header.Path,
  Header.Expires,
  Header.Supported,
  Header.Require,
]);

function unchanged(message: SipMessage): string[] {
  const changed = message.method === 'REGISTER' ? CHANGED_IN_REGISTER : CHANGED;
  return Array.from({ length: message.lineCount }, (_, line) => line)
    .filter((line) => !changed.has(message.lineId(line)))
    .map((line) => message.text.slice(message.lineStart(line), message.lineEnd(line)));
}

/** Whether the lines that nobody may touch are those received, byte for byte and in order; new ones stand on top. */
export function keepsLines(received: SipMessage, sent: SipMessage): boolean {
  const wanted = unchanged(received);
  const found = unchanged(sent);
  const added = found.length - wanted.length;
  return added >= 0 && wanted.every((line, i) => line === found[added + i]) && received.body === sent.body;
}

export const mustKeepLines = (received: SipMessage, sent: SipMessage): void =>
  must(keepsLines(received, sent), 'a line or the body that was to pass has changed');

/** Whether a request's first Via is ours, with a branch of RFC 3261. */
export function ownVia(sent: SipMessage): boolean {
  const via = sent.topVia();
  return via !== undefined && OWN_HOSTS.includes(via.host) && via.branch.startsWith('z9hG4bK');
}

/** Whether these are the Vias of a request, the first perhaps stamped with where it came from (§18.2.1). */
export function sameVias(request: SipMessage, vias: readonly string[]): boolean {
  const own = request.list(Header.Via);
  const [first, ...others] = own;
  const [stamped, ...rest] = vias;
  if (first === undefined || stamped === undefined || others.length !== rest.length) return false;
  if (!others.every((value, i) => value === rest[i])) return false;
  if (first === stamped) return true;
  const [a, b] = [parseVia(first), parseVia(stamped)];
  if (a === undefined || b === undefined) return false;
  return (
    a.protocol === b.protocol &&
    a.host === b.host &&
    a.port === b.port &&
    a.branch === b.branch &&
    a.transport === b.transport
  );
}
