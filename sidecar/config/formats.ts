import { hostKind } from '../wire/host.ts';

/** Four numbers without leading zeros, which some read as octal. */
export const isIp4 = (text: string): boolean => hostKind(text) === 'ip4' && !/(^|\.)0\d/.test(text);

const shortened = (ip6: string): string => new URL(`sip://[${ip6}]`).hostname.slice(1, -1);

/** Without brackets and zone, and not an IPv4 address written as IPv6 (RFC 4291 §2.5.5). */
export const isIp6 = (text: string): boolean =>
  !text.includes('.') && hostKind(`[${text}]`) === 'ip6' && !shortened(text).startsWith('::ffff:');

export const isIp = (text: string): boolean => isIp4(text) || isIp6(text);

/** A network: an address, `/`, and how many of its bits name it. */
export function isCidr(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (bits === undefined || more.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits)) return false;
  return isIp4(address) ? Number(bits) <= 32 : isIp6(address) && Number(bits) <= 128;
}

/** The one spelling of a host that is compared: lower case, an IPv6 address shortened (RFC 5952). */
export function canonicalHost(host: string): string {
  return isIp6(host) ? shortened(host) : host.toLowerCase();
}

/** The family of an address. */
export const ipVersion = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

/** Whether an address stands for all addresses of its family. */
export const isUnspecified = (address: string): boolean => ['0.0.0.0', '::'].includes(canonicalHost(address));

/** Whether an address never leaves the machine. */
export const isLoopback = (address: string): boolean =>
  (isIp4(address) && address.startsWith('127.')) || canonicalHost(address) === '::1';
