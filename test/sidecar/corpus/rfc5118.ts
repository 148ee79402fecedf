import type { Case } from './case.ts';

/**
 * Each message of RFC 5118 in the RFC's order. Its archive ends lines by LF alone, two files without the empty line, and its three
 * messages with a body count it wrongly (268 for 251 octets, 181 for 189, 236 for 245). Here lines end by CRLF, each
 * header by an empty line, and Content-Length is the body's, since what the RFC tests is elsewhere.
 */
export const rfc5118: readonly Case[] = [
  {
    name: 'ipv6-good',
    section: '4.1',
    about: 'IPv6 references in Request-URI, Via and Contact',
    verdict: { kind: 'forwarded', contacts: ['sip:caller@[2001:db8::1]'] },
    says: 'well-formed',
  },
  {
    name: 'ipv6-bad',
    section: '4.2',
    about: 'an IPv6 address without brackets in the Request-URI',
    verdict: { kind: 'refused', status: 400 },
    says: 'should respond with 400',
  },
  {
    name: 'port-ambiguous',
    section: '4.3',
    about: 'a port within the brackets',
    verdict: { kind: 'forwarded', contacts: ['sip:caller@[2001:db8::1]'] },
    says: 'well-formed for a parser, though it does not say what its sender meant',
  },
  {
    name: 'port-unambiguous',
    section: '4.4',
    about: 'a port behind the brackets',
    verdict: { kind: 'forwarded', contacts: ['sip:caller@[2001:db8::1]'] },
    says: 'well-formed',
  },
  {
    name: 'via-received-param-with-delim',
    section: '4.5',
    about: 'a received parameter in brackets',
    verdict: { kind: 'forwarded' },
    says: 'implementations must parse it with brackets and without',
  },
  {
    name: 'via-received-param-no-delim',
    section: '4.5',
    about: 'a received parameter without brackets',
    verdict: { kind: 'forwarded' },
    says: 'implementations must parse it with brackets and without',
  },
  {
    name: 'ipv6-in-sdp',
    section: '4.6',
    about: 'IPv6 addresses in a session description',
    verdict: { kind: 'forwarded' },
    says: 'valid and well-formed',
  },
  {
    name: 'mult-ip-in-header',
    section: '4.7',
    about: 'IPv4 and IPv6 addresses in Vias',
    verdict: { kind: 'forwarded' },
    says: 'valid and well-formed',
  },
  {
    name: 'mult-ip-in-sdp',
    section: '4.8',
    about: 'IPv4 and IPv6 addresses in a session description',
    verdict: { kind: 'forwarded' },
    says: 'valid and well-formed',
  },
  {
    name: 'ipv4-mapped-ipv6',
    section: '4.9',
    about: 'IPv4-mapped IPv6 addresses',
    verdict: { kind: 'forwarded' },
    says: 'must be prepared to parse it',
  },
  {
    name: 'ipv6-bug-abnf-3-colons',
    section: '4.10',
    about: 'three colons before an embedded IPv4 address',
    verdict: { kind: 'forwarded' },
    says: 'an implementation must tolerate both constructs',
  },
  {
    name: 'ipv6-correct-abnf-2-colons',
    section: '4.10',
    about: 'two colons before an embedded IPv4 address',
    verdict: { kind: 'forwarded' },
    says: 'an implementation must tolerate both constructs',
  },
];
