import type { Millis } from '../effect.ts';
import { type Binding, isReachable } from '../registrar/binding.ts';
import { hostPort } from '../wire/flow.ts';
import { readable } from './readable.ts';

/** One contact as `/v1/bindings` shows it. */
export interface ContactView {
  readonly uri: string;
  readonly expiresInSeconds: number;
  readonly transport: string | null;
  readonly remote: string | null;
  readonly foreign: boolean;
  readonly reachable: boolean;
  readonly instance: string;
  readonly q: number;
  readonly userAgent: string;
  readonly acceptedAt: string;
  readonly upstream: string;
  readonly callId: string;
}

export interface AorView {
  readonly aor: string;
  readonly contacts: readonly ContactView[];
}

/** An AoR with its live contacts; undefined where it has none. */
export function viewAor(aor: string, bindings: readonly Binding[], now: Millis): AorView | undefined {
  const contacts = bindings
    .filter(({ expiresAt }: Binding) => expiresAt > now)
    .map((binding: Binding) => viewContact(binding, now));
  return contacts.length === 0 ? undefined : { aor: readable(aor), contacts };
}

function viewContact(binding: Binding, now: Millis): ContactView {
  const { flow } = binding;
  return {
    uri: readable(binding.uri),
    expiresInSeconds: Math.max(0, Math.floor((binding.expiresAt - now) / 1000)),
    transport: flow?.transport ?? null,
    remote: flow === undefined ? null : hostPort(flow.address, flow.port),
    foreign: binding.foreign,
    reachable: isReachable(binding, now),
    instance: readable(binding.instance),
    q: binding.q,
    userAgent: readable(binding.userAgent),
    acceptedAt: new Date(binding.acceptedAt).toISOString(),
    upstream: binding.upstream,
    callId: readable(binding.callId),
  };
}

/** AoRs looked at before the event loop gets its turn. */
const IN_ONE_GO = 5000;

/**
 * The first AoRs after `after`, in order of their text, at most `limit`. A million AoRs take a while: calls go on
 * meanwhile, so that what is registered or gone in the meantime may be in it or not.
 */
export async function aorsAfter(aors: Iterable<string>, after: string, limit: number): Promise<string[]> {
  let found: string[] = [];
  let last: string | undefined;
  let looked = 0;
  for (const aor of aors) {
    if (++looked % IN_ONE_GO === 0) await new Promise((resolve) => setImmediate(resolve));
    if (aor <= after || (last !== undefined && aor > last)) continue;
    found.push(aor);
    if (found.length < 2 * limit) continue;
    found = found.sort().slice(0, limit);
    last = found[limit - 1];
  }
  return found.sort().slice(0, limit);
}
