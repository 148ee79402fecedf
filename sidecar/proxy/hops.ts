import { hostPort } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { parseUri, type SipUri } from '../wire/uri.ts';
import { parseNameAddr } from '../wire/value.ts';
import { uriPort, uriTransport } from './own.ts';

/** A PBX has a few nodes; one that is a proxy names the far ends of its calls too. */
const MOST_NAMED = 4096;

/**
 * Where dialogs go on beyond the PBX's own address: what it has itself named in a Contact or Record-Route (a cluster's
 * node, another port, a gateway). A phone can write any Route and Request-URI into a request, and anybody can get a
 * token in a Record-Route from us; so a request of a phone goes to no place that the PBX has not named.
 */
export class NamedHops {
  readonly #named = new Set<string>();

  /** Takes note of what a message of the PBX that opens or refreshes a dialog names (§12.1). */
  learn(message: SipMessage): void {
    for (const id of [Header.Contact, Header.RecordRoute] as const) {
      for (const value of message.list(id)) {
        const uri = parseUri(parseNameAddr(value)?.uri ?? '');
        if (uri?.kind === 'sip' && isReachable(uri)) this.#add(hopKey(uri));
      }
    }
  }

  has(uri: SipUri): boolean {
    return this.#named.has(hopKey(uri));
  }

  /** The place named last is the last to be forgotten. */
  #add(key: string): void {
    this.#named.delete(key);
    this.#named.add(key);
    if (this.#named.size <= MOST_NAMED) return;
    const [oldest] = this.#named;
    if (oldest !== undefined) this.#named.delete(oldest);
  }

  clear(): void {
    this.#named.clear();
  }
}

/**
 * Whether a place can be gone to at all: WebSocket clients are reached over their own connection alone, and the names that
 * they go by are looked up by nobody (RFC 7118 §5, RFC 2606 §2).
 */
const isReachable = (uri: SipUri): boolean => {
  const transport = uriTransport(uri);
  return transport !== 'WS' && transport !== 'WSS' && !uri.host.endsWith('.invalid');
};

const hopKey = (uri: SipUri): string => `${uriTransport(uri) ?? 'other'} ${hostPort(uri.host, uriPort(uri))}`;
