/** The two versions of IP. */
export type IpVersion = 4 | 6;

export const ipVersion = (address: string): IpVersion => (address.includes(':') ? 6 : 4);

/**
 * RFC 6724 §2.1: the precedence of the default policy table, as far as addresses can be told apart without knowing
 * ours: IPv6 before IPv4, local IPv6 (RFC 4193) and the tunnels of old after it.
 */
function precedence(address: string): number {
  if (ipVersion(address) === 4) return 35;
  const lower = address.toLowerCase();
  if (lower === '::1') return 50;
  if (/^f[cd]/.test(lower)) return 3;
  if (lower.startsWith('2002:')) return 30;
  if (lower.startsWith('2001:0:') || lower.startsWith('2001::')) return 5;
  return 40;
}

/** RFC 7984 §4, RFC 6724 §6 rule 6: the addresses of one host in the order in which they are to be tried; each once. */
export const inOrder = (addresses: readonly string[]): readonly string[] =>
  addresses.length < 2 ? addresses : [...new Set(addresses)].sort((a, b) => precedence(b) - precedence(a));
