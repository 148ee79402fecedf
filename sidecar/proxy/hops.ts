import { hostPort } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { parseUri, type SipUri } from '../wire/uri.ts';
import { parseNameAddr } from '../wire/value.ts';
import { type OwnAddresses, uriPort, uriTransport } from './own.ts';

/** A PBX has a few nodes; one that is a proxy names the far ends of its calls too. Twice as many are held at most. */
const MOST_NAMED = 2048;

/** §12.1: a dialog has one Contact; no real one goes over as many hops. */
const MOST_LEARNT = 32;

/**
 * Where dialogs go on beyond the PBX's own address: what it has itself named in a Contact or Record-Route (a cluster's
 * node, another port, a gateway). A phone can write any Route and Request-URI into a request, and anybody can get a
 * token in a Record-Route from us; so a request of a phone goes to no place that the PBX has not named.
 */
export class NamedHops {
  /** Those that were named since the last time that there were too many, and those from before it. */
  #young = new Set<string>();
  #old = new Set<string>();

  /** Takes note of what a message of the PBX that opens or refreshes a dialog names (§12.1). */
  learn(message: SipMessage, own: OwnAddresses): void {
    for (const value of message.list(Header.Contact).slice(0, MOST_LEARNT)) this.#note(sipUriOf(value));
    const routes = message.list(Header.RecordRoute).slice(0, MOST_LEARNT).map(sipUriOf);
    // §16.6 step 4: each hop puts itself on top, so below our own stands what a phone has sent us (and §12.1.1 gives back).
    const ours = routes.findIndex((uri) => uri !== undefined && own.isOurs(uri));
    const theirs = message.isRequest && ours < 0 ? routes : routes.slice(0, Math.max(ours, 0));
    for (const uri of theirs) this.#note(uri);
  }

  #note(uri: SipUri | undefined): void {
    if (uri !== undefined && isReachable(uri)) this.#add(hopKey(uri));
  }

  has(uri: SipUri): boolean {
    const key = hopKey(uri);
    return this.#young.has(key) || this.#old.has(key);
  }

  /** What was named again since is not forgotten. Nothing is moved about for it: mostly a call names what the one before has named. */
  #add(key: string): void {
    if (this.#young.has(key)) return;
    if (this.#young.size >= MOST_NAMED) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
  }

  clear(): void {
    this.#young = new Set();
    this.#old = new Set();
  }
}

function sipUriOf(value: string): SipUri | undefined {
  const uri = parseUri(parseNameAddr(value)?.uri ?? '');
  return uri?.kind === 'sip' ? uri : undefined;
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
