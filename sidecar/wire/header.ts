/** Numbers for the header fields that this proxy knows; 0 for every other. */
export const Header = {
  Other: 0,
  Via: 1,
  From: 2,
  To: 3,
  CallId: 4,
  CSeq: 5,
  Contact: 6,
  MaxForwards: 7,
  Route: 8,
  RecordRoute: 9,
  Path: 10,
  Expires: 11,
  ContentLength: 12,
  ContentType: 13,
  ContentEncoding: 14,
  Require: 15,
  ProxyRequire: 16,
  Supported: 17,
  UserAgent: 18,
  Allow: 19,
  Event: 20,
  MinExpires: 21,
  RetryAfter: 22,
  Date: 23,
  Authorization: 24,
  ProxyAuthorization: 25,
  WwwAuthenticate: 26,
  ProxyAuthenticate: 27,
  Accept: 28,
  AllowEvents: 29,
  ReferTo: 30,
  Unsupported: 31,
  Warning: 32,
  Subject: 33,
  RSeq: 34,
  RAck: 35,
  MaxBreadth: 36,
  SessionExpires: 37,
  PAssertedIdentity: 38,
  PPreferredIdentity: 39,
  Server: 40,
  Timestamp: 41,
  ServiceRoute: 42,
  FlowTimer: 43,
  SubscriptionState: 44,
  Privacy: 45,
  AuthenticationInfo: 46,
  Organization: 47,
  ReferredBy: 48,
  InReplyTo: 49,
  Reason: 50,
} as const;

export type HeaderId = number;

const NAMES: readonly (readonly [string, HeaderId])[] = [
  ['Via', Header.Via],
  ['From', Header.From],
  ['To', Header.To],
  ['Call-ID', Header.CallId],
  ['CSeq', Header.CSeq],
  ['Contact', Header.Contact],
  ['Max-Forwards', Header.MaxForwards],
  ['Route', Header.Route],
  ['Record-Route', Header.RecordRoute],
  ['Path', Header.Path],
  ['Expires', Header.Expires],
  ['Content-Length', Header.ContentLength],
  ['Content-Type', Header.ContentType],
  ['Content-Encoding', Header.ContentEncoding],
  ['Require', Header.Require],
  ['Proxy-Require', Header.ProxyRequire],
  ['Supported', Header.Supported],
  ['User-Agent', Header.UserAgent],
  ['Allow', Header.Allow],
  ['Event', Header.Event],
  ['Min-Expires', Header.MinExpires],
  ['Retry-After', Header.RetryAfter],
  ['Date', Header.Date],
  ['Authorization', Header.Authorization],
  ['Proxy-Authorization', Header.ProxyAuthorization],
  ['WWW-Authenticate', Header.WwwAuthenticate],
  ['Proxy-Authenticate', Header.ProxyAuthenticate],
  ['Accept', Header.Accept],
  ['Allow-Events', Header.AllowEvents],
  ['Refer-To', Header.ReferTo],
  ['Unsupported', Header.Unsupported],
  ['Warning', Header.Warning],
  ['Subject', Header.Subject],
  ['RSeq', Header.RSeq],
  ['RAck', Header.RAck],
  ['Max-Breadth', Header.MaxBreadth],
  ['Session-Expires', Header.SessionExpires],
  ['P-Asserted-Identity', Header.PAssertedIdentity],
  ['P-Preferred-Identity', Header.PPreferredIdentity],
  ['Server', Header.Server],
  ['Timestamp', Header.Timestamp],
  ['Service-Route', Header.ServiceRoute],
  ['Flow-Timer', Header.FlowTimer],
  ['Subscription-State', Header.SubscriptionState],
  ['Privacy', Header.Privacy],
  ['Authentication-Info', Header.AuthenticationInfo],
  ['Organization', Header.Organization],
  ['Referred-By', Header.ReferredBy],
  ['In-Reply-To', Header.InReplyTo],
  ['Reason', Header.Reason],
  // §7.3.3 and the IANA registry: compact forms.
  ['v', Header.Via],
  ['f', Header.From],
  ['t', Header.To],
  ['i', Header.CallId],
  ['m', Header.Contact],
  ['l', Header.ContentLength],
  ['c', Header.ContentType],
  ['e', Header.ContentEncoding],
  ['k', Header.Supported],
  ['o', Header.Event],
  ['r', Header.ReferTo],
  ['u', Header.AllowEvents],
  ['s', Header.Subject],
  ['x', Header.SessionExpires],
  ['b', Header.ReferredBy],
];

interface Named {
  /** As it is mostly written. */
  readonly spelling: string;
  readonly name: string;
  readonly id: HeaderId;
}

const LONGEST = 31;

/** Names by length and first letter: at most a few share a bucket, so a name is compared about once. */
const BUCKETS: (readonly Named[] | undefined)[] = new Array((LONGEST + 1) << 5).fill(undefined);
for (const [spelling, id] of NAMES) {
  const bucket = bucketOf(spelling.length, spelling.charCodeAt(0));
  BUCKETS[bucket] = [...(BUCKETS[bucket] ?? []), { spelling, name: spelling.toLowerCase(), id }];
}

function bucketOf(length: number, first: number): number {
  return (length << 5) | (first & 31);
}

/** Which header field the name in text[start, end) is, in any case and in its compact form (§7.3.1, §7.3.3). */
export function headerId(text: string, start: number, end: number): HeaderId {
  const length = end - start;
  if (length <= 0 || length > LONGEST) return Header.Other;
  const bucket = BUCKETS[bucketOf(length, text.charCodeAt(start))];
  if (bucket === undefined) return Header.Other;
  for (let i = 0; i < bucket.length; i++) {
    const named = bucket[i]!;
    if (text.startsWith(named.spelling, start) || isNamed(text, start, named.name)) return named.id;
  }
  return Header.Other;
}

function isNamed(text: string, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const want = name.charCodeAt(i);
    const code = text.charCodeAt(start + i);
    // Only letters may differ by the case bit; with it a CR would pass for a hyphen.
    if (code !== want && (want < 97 || (code | 32) !== want)) return false;
  }
  return true;
}
