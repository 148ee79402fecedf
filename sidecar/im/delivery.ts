import type { Target } from '../proxy/context.ts';
import { type OwnAddresses, uriPort, uriTransport } from '../proxy/own.ts';
import { type Binding, isReachable } from '../registrar/binding.ts';
import { isSecure } from '../wire/flow.ts';
import { asSip, isSips, parseUri, printUri, type SipUri, withoutParams } from '../wire/uri.ts';

/**
 * Where an AoR's requests go: its reachable contacts in groups of equal q, the highest first (§16.6: "in parallel"
 * within a group, "serially" from group to group). Of several flows of one phone the newest goes first, and the others
 * wait behind it (RFC 5626 §7). `isSips`: only who is reachable by sips: counts.
 */
export function targetGroups(
  bindings: readonly Binding[],
  own: OwnAddresses,
  now: number,
  isSips: boolean,
): Target[][] {
  const groups = new Map<number, Target[]>();
  const reachable = bindings.filter((binding) => isReachable(binding, now)).sort(byPreference);
  for (const binding of reachable) {
    if (isLaterFlow(binding, reachable)) continue;
    const target = phoneTarget(binding, reachable, own, isSips);
    if (target === undefined) continue;
    const group = groups.get(binding.q);
    if (group === undefined) groups.set(binding.q, [target]);
    else group.push(target);
  }
  return [...groups.values()];
}

const byPreference = (a: Binding, b: Binding): number => b.q - a.q || b.acceptedAt - a.acceptedAt;

const isSamePhone = (a: Binding, b: Binding): boolean => a.instance !== '' && a.instance === b.instance;

/** Whether another contact of the same phone stands before it. */
const isLaterFlow = (binding: Binding, sorted: readonly Binding[]): boolean =>
  sorted.length > 1 && sorted.find((other) => other === binding || isSamePhone(other, binding)) !== binding;

/** The first of a phone's contacts that can be used, and the others behind it. */
function phoneTarget(
  first: Binding,
  sorted: readonly Binding[],
  own: OwnAddresses,
  isSips: boolean,
): Target | undefined {
  if (sorted.length === 1) return bindingTarget(first, own, isSips);
  const [target, ...others] = sorted
    .filter((binding) => binding === first || isSamePhone(binding, first))
    .flatMap((binding) => bindingTarget(binding, own, isSips) ?? []);
  return target === undefined || others.length === 0 ? target : { ...target, others };
}

/** One contact that the PBX has asked for, and behind it the other flows of its phone (RFC 5626 §7); undefined where none is reachable. */
export function contactTarget(
  binding: Binding,
  known: readonly Binding[],
  own: OwnAddresses,
  now: number,
  isSips: boolean,
): Target | undefined {
  const others = known.filter((other) => other.token !== binding.token && isSamePhone(other, binding));
  const flows = [binding, ...others.sort(byPreference)].filter((each) => isReachable(each, now));
  const [first] = flows;
  return first && phoneTarget(first, flows, own, isSips);
}

/**
 * A contact as a target: over its own flow; a foreign one at the address it names. Undefined where it names none that we
 * can use, and for a sips: request where it is not reachable by that (RFC 5630 §5.3). For a sip: request its URI becomes sip:.
 */
function bindingTarget(binding: Binding, own: OwnAddresses, isSipsRequest: boolean): Target | undefined {
  const { flow, path } = binding;
  if (isSipsRequest && (flow === undefined || !isSecure(flow.transport) || !isSips(binding.uri)))
    return undefined;
  const uri = asRequestUri(isSipsRequest ? binding.uri : asSip(binding.uri));
  if (flow !== undefined) return { flow, side: 'phones', requestUri: uri, routes: path, binding };
  const parsed = parseUri(binding.uri);
  return parsed?.kind === 'sip' ? foreignTarget(parsed, uri, own) : undefined;
}

/** §16.6 step 2: what a Contact may hold but no Request-URI (§19.1.1 table 1) is taken away. */
function asRequestUri(text: string): string {
  if (!text.includes('?') && !text.includes('method')) return text;
  const uri = parseUri(text);
  if (uri?.kind !== 'sip') return text;
  return printUri({ ...uri, params: withoutParams(uri.params, ['method']), headers: '' });
}

/** A contact that did not come through us is reached at its literal address; a host name would be somebody else's word on where to send. */
function foreignTarget(uri: SipUri, text: string, own: OwnAddresses): Target | undefined {
  const transport = uriTransport(uri);
  // Whose certificate would it be, and who opens a WebSocket to a phone (RFC 7118 §5)?
  if (transport !== 'UDP' && transport !== 'TCP') return undefined;
  if (uri.hostKind === 'name' || own.isOurs(uri) || !own.speaks(transport)) return undefined;
  const flow = own.flowTo(transport, uri.host, uriPort(uri));
  return { flow, side: 'phones', requestUri: text, routes: [] };
}

/** RFC 5627 §5.1: a GRUU means one instance alone. */
export const ofInstance = (bindings: readonly Binding[], gruu: string): readonly Binding[] =>
  gruu === '' ? bindings : bindings.filter(({ instance }) => instance === gruu || instance === `<${gruu}>`);
