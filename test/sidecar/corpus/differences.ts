/** Why npm `sip` reads something else than we do: its fault, or a choice of ours. */
const UNESCAPES =
  'its fault: it decodes % in methods and header field names, where it is no escape (RFC 4475 §3.1.1.5)';
const NO_IP6 = 'its fault: it ends a host at the first colon, also within brackets';
const ZERO_LENGTH = 'its fault: it takes a Content-Length of 0 for none (§18.3)';
const LF_ALONE = 'our choice: lines may end by LF alone, where it wants CRLF';
const ANY_CASE = 'its fault: it wants the version in capitals (§7.1: it is case-insensitive)';
const BARE_UTF8 = 'our choice: a display name may hold UTF-8 without quotes';
const BROKEN = 'neither: we say that it can not be read, and it takes what it finds first';

type Fields = Readonly<Record<string, string>>;

const ip6: Fields = { 'via host': NO_IP6, 'via branch': NO_IP6 };
const ip6WithPort: Fields = { 'via host': NO_IP6, 'via port': NO_IP6, 'via branch': NO_IP6 };

/** By corpus and file, what is read differently; `all` where it reads nothing at all. */
export const differences: Readonly<Record<string, Fields>> = {
  'rfc4475/esc02': { start: UNESCAPES, cseq: UNESCAPES, contacts: UNESCAPES },
  'rfc4475/dblreq': { body: ZERO_LENGTH },
  'rfc5118/ipv6-good': ip6,
  'rfc5118/port-ambiguous': ip6,
  'rfc5118/port-unambiguous': ip6,
  'rfc5118/via-received-param-with-delim': ip6,
  'rfc5118/via-received-param-no-delim': ip6,
  'rfc5118/ipv6-in-sdp': ip6,
  'rfc5118/mult-ip-in-header': ip6WithPort,
  'rfc5118/mult-ip-in-sdp': ip6,
  'rfc5118/ipv4-mapped-ipv6': ip6WithPort,
  'house/three-in-a-row': { body: ZERO_LENGTH },
  'house/lf-only': { all: LF_ALONE },
  'house/utf8-bare-display': { from: BARE_UTF8, 'from tag': BARE_UTF8 },
  'house/version-lower-case': { all: ANY_CASE },
  'house/response-lower-case': { all: ANY_CASE },
  'house/response-bad-from': { from: BROKEN },
  'house/uri-ip6': ip6WithPort,
  'house/via-ip6-zone': ip6WithPort,
};
