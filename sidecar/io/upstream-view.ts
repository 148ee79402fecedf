import type { Health } from '../health.ts';
import type { EndpointHealth } from './prober.ts';
import type { UpstreamState } from './upstreams.ts';

const shown = ({ state, since, fault }: Health): object => ({
  state,
  since: new Date(since).toISOString(),
  ...(fault !== undefined && { fault }),
});

/** The endpoints and their addresses as `/v1/status` shows them. */
export const viewUpstreams = (
  states: readonly UpstreamState[],
  prober: { health(endpoint: string): EndpointHealth },
): readonly object[] => states.map((state) => view(state, prober.health(state.name)));

function view({ hops, ...upstream }: UpstreamState, health: EndpointHealth): object {
  const told = new Map(health.hops.map((hop) => [hop.name, hop.health]));
  const addresses = hops.map((name) => {
    const of = told.get(name);
    return { address: name, ...(of !== undefined && shown(of)) };
  });
  return { ...upstream, ...shown(health), addresses };
}
