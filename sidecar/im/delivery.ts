import type { Target } from '../proxy/context.ts';
import { type OwnAddresses, uriTransport } from '../proxy/own.ts';
import { DEFAULT_PORT } from '../proxy/via.ts';
import { type Binding, isReachable } from '../registrar/binding.ts';
import { parseUri, printUri, type SipUri, withoutParams } from '../wire/uri.ts';

/**
 * Where an AoR's requests go: its reachable contacts in groups of equal q, the highest first (§16.6: "in parallel"
 * within a group, "serially" from group to group).
 */
export function targetGroups(bindings: readonly Binding[], own: OwnAddresses, now: number): Target[][] {
  const groups = new Map<number, Target[]>();
  const reachable = bindings.filter((binding) => isReachable(binding, now)).sort((a, b) => b.q - a.q);
  for (const binding of reachable) {
    const target = bindingTarget(binding, own);
    if (target === undefined) continue;
    const group = groups.get(binding.q);
    if (group === undefined) groups.set(binding.q, [target]);
    else group.push(target);
  }
  return [...groups.values()];
}

/** A contact as a target: over its own flow; a foreign one at the address it names. Undefined where it names none that we can use. */
export function bindingTarget(binding: Binding, own: OwnAddresses): Target | undefined {
  const { flow, uri, path } = binding;
  if (flow !== undefined)
    return { flow, side: 'phones', requestUri: asRequestUri(uri), routes: path, binding };
  const parsed = parseUri(uri);
  return parsed?.kind === 'sip' ? foreignTarget(parsed, asRequestUri(uri), own) : undefined;
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
  if (uri.hostKind === 'name' || transport === undefined || uri.scheme === 'sips' || own.isOurs(uri))
    return undefined;
  const flow = own.flowTo(transport, uri.host, uri.port ?? DEFAULT_PORT);
  return { flow, side: 'phones', requestUri: text, routes: [] };
}

/** RFC 5627 §5.1: a GRUU means one instance alone. */
export const ofInstance = (bindings: readonly Binding[], gruu: string): readonly Binding[] =>
  gruu === '' ? bindings : bindings.filter(({ instance }) => instance === gruu || instance === `<${gruu}>`);
