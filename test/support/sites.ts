import type { Destination, Site } from '../../sidecar/wire/destination.ts';
import { hostKind } from '../../sidecar/wire/host.ts';

/** A site as DNS gives them; alone of its tier unless said otherwise. */
export const site = (parts: Partial<Site> & Pick<Site, 'addresses'>): Site => ({
  host: parts.addresses[0] ?? '',
  transport: 'UDP',
  port: 5060,
  tier: 0,
  weight: 1,
  ...parts,
});

/** Where `known.example` and IP addresses lead; all other names lead nowhere. */
export function known(
  { host, port = 5060, transport = 'UDP' }: Destination,
  addresses: readonly string[],
): readonly Site[] {
  if (hostKind(host) !== 'name') return [site({ host, addresses: [host], port, transport })];
  return host === 'known.example' ? [site({ host, addresses, port, transport })] : [];
}
