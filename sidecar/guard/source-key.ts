/**
 * What counts as one source: an IPv4 address, or the first 64 bits of an IPv6 address, of which one host has as many
 * as it likes (RFC 4291 §2.5.4). `address` is an IP literal without brackets, a zone behind it or not.
 */
export function sourceKey(address: string): string {
  return address.includes(':') ? `${first64(address)}::/64` : address;
}

const COLON = 58;
/** Groups of an IPv6 address, and those of them that count. */
const GROUPS = 8;
const COUNTED = 4;

/** Its first four groups, none of them left out. */
function first64(address: string): string {
  let colons = 0;
  for (let i = 0; i < address.length; i++) {
    if (address.charCodeAt(i) !== COLON) continue;
    if (address.charCodeAt(i + 1) === COLON) break;
    if (++colons === COUNTED) return address.slice(0, i);
  }
  return expanded64(address);
}

function expanded64(address: string): string {
  const gap = address.indexOf('::');
  const head = groups(address.slice(0, gap));
  const tail = groups(address.slice(gap + 2));
  const group = (index: number): string => head[index] ?? tail[index - GROUPS + tail.length] ?? '0';
  return `${group(0)}:${group(1)}:${group(2)}:${group(3)}`;
}

const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
