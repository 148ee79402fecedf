import type { Flow, Transport } from '../wire/flow.ts';
import { param, type SipUri } from '../wire/uri.ts';
import { NamedHops } from './hops.ts';
import { type OwnAddresses, uriPort, uriTransport } from './own.ts';

/** §18.1.1: above this a request goes by a congestion-controlled transport where it can. */
export const LARGEST_DATAGRAM = 1_300;
/** How long a PBX that refused TCP is spared another try, in ms. */
const TCP_RETRY_AFTER = 600_000;

/** What the proxy must know of the PBX; the shape of one `spec.upstream.endpoints[]`. */
export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
  readonly oversizeTransport: Transport;
}

/** RFC 7118 §5.2: `transport=ws` is both WebSockets. */
const isSpokenBy = (uri: SipUri, transport: Transport): boolean => {
  const asked = uriTransport(uri);
  return asked === transport || (asked === 'WS' && transport === 'WSS');
};

/** The PBX as it is now: where its name leads, what it has been seen to do. */
export class Upstream {
  endpoint: Endpoint;
  addresses: readonly string[] = [];
  /** It has been seen to list, beside the contact registering, another live one (registration.replyContacts: Auto). */
  listsOthers = false;
  /** Where else it has said that its dialogs go on. */
  readonly named = new NamedHops();
  #noTcpUntil = 0;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  /** Takes over a changed description; what was learnt of another host is forgotten. */
  update(endpoint: Endpoint): void {
    const same = endpoint.host === this.endpoint.host && endpoint.port === this.endpoint.port;
    this.endpoint = endpoint;
    if (same) return;
    this.addresses = [];
    this.listsOthers = false;
    this.named.clear();
    this.#noTcpUntil = 0;
  }

  /** Whether a URI names the very endpoint. Without a transport it is the endpoint's that counts, not UDP (§19.1.2). */
  isEndpoint(uri: SipUri): boolean {
    const isSilent = uri.scheme === 'sip' && param(uri.params, 'transport') === undefined;
    return (
      uriPort(uri) === this.endpoint.port &&
      (uri.host === this.endpoint.host || this.addresses.includes(uri.host)) &&
      (isSilent || isSpokenBy(uri, this.endpoint.transport))
    );
  }

  /** How the PBX is reached; undefined while its name has no address. */
  flow(own: OwnAddresses): Flow | undefined {
    const address = this.addresses[0];
    return address === undefined
      ? undefined
      : own.flowTo(this.endpoint.transport, address, this.endpoint.port);
  }

  /**
   * Whether a message came from the PBX: by its address and port alone, never by its headers. The streams that a PBX
   * opens have any port, so from the host of one that speaks TCP each counts unless a phone has registered over it, and of
   * one that speaks TLS or WebSocket each of that transport.
   */
  isSource(flow: Flow, isPhone: (connection: number) => boolean): boolean {
    if (flow.port === this.endpoint.port) return this.addresses.includes(flow.address);
    const { transport } = this.endpoint;
    return (transport === 'TCP' || transport === flow.transport) && this.mayBeSource(flow, isPhone);
  }

  /** Whether it is a stream from the PBX's host: not proven to be the PBX's, but what it knows may prove it. */
  mayBeSource(flow: Flow, isPhone: (connection: number) => boolean): boolean {
    return flow.transport !== 'UDP' && this.addresses.includes(flow.address) && !isPhone(flow.connection);
  }

  /** §18.1.1: whether a request of this size is to go by TCP although the endpoint is described as UDP. */
  prefersTcp(size: number, now: number): boolean {
    const { transport, oversizeTransport } = this.endpoint;
    return (
      transport === 'UDP' && oversizeTransport === 'TCP' && size > LARGEST_DATAGRAM && now >= this.#noTcpUntil
    );
  }

  refusedTcp(now: number): void {
    this.#noTcpUntil = now + TCP_RETRY_AFTER;
  }
}
