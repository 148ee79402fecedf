import { parseUri } from 'sip';
import type { SipResponse } from '../wire/message.ts';

export interface RegisterOptions {
  /** For this time only. */
  password?: string;
  expiresSeconds?: number;
  /** Register nothing, only ask what is there. */
  query?: boolean;
  /** Remove every contact of the user (`Contact: *`). */
  removeAll?: boolean;
}

export interface RegisterResult {
  code: number;
  reason: string;
  /** What the 2xx grants this phone's contact; 0 when it lists none of it. */
  grantedSeconds: number;
  /** Every contact that the 2xx lists, as written there. */
  contacts: { uri: string; expiresInSeconds: number }[];
}

/** §10.2: what a REGISTER asks for, as headers. */
export function askedContacts(contact: string, options: RegisterOptions, usualSeconds: number) {
  if (options.query) return {};
  if (options.removeAll) return { contact: '*', expires: '0' } as const;
  const expires = String(options.expiresSeconds ?? usualSeconds);
  return { contact: [{ uri: contact, params: {} }], expires };
}

/** §10.2.4: what the registrar's answer means for the phone that registers `contact`. */
export function registerResult({ status, reason, headers }: SipResponse, contact: string): RegisterResult {
  const listed = headers.contact === '*' || status >= 300 ? [] : (headers.contact ?? []);
  const contacts = listed.map(({ uri, params }) => ({
    uri,
    expiresInSeconds: Number(params.expires ?? headers.expires ?? 0),
  }));
  const own = contacts.find(({ uri }) => isSameContact(uri, contact));
  return { code: status, reason, grantedSeconds: own?.expiresInSeconds ?? 0, contacts };
}

/** Whether two contacts are the same user at the same host and port, whatever their parameters. */
export function isSameContact(one: string, other: string): boolean {
  const [a, b] = [parseUri(one), parseUri(other)];
  if (a === undefined || b === undefined) return one === other;
  return (
    a.user === b.user && a.host.toLowerCase() === b.host.toLowerCase() && (a.port || 0) === (b.port || 0)
  );
}
