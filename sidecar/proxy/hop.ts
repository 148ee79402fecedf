import { hopName, type Site } from '../wire/destination.ts';
import type { Flow, Transport } from '../wire/flow.ts';
import type { OwnAddresses } from './own.ts';

/** §18.1.1: above this a request goes by a congestion-controlled transport where it can. */
export const LARGEST_DATAGRAM = 1_300;

/** How long one that refused TCP is spared another try, in ms. */
const TCP_RETRY_AFTER = 600_000;

/** How long one that was silent or out of reach is passed over before a request is risked on it, in ms. */
export const SUSPICION_MS = 30_000;

/** What a 503 may ask for at most, in ms: the word of a PBX that is mistaken must not shut it out for days. */
const LONGEST_REST_MS = 3_600_000;

/** One address to which requests can be sent (RFC 3263 §4), and what has been seen of it. */
export class Hop {
  readonly name: string;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
  /** The endpoint of the resource that leads to it; '' for one that the PBX has named itself. */
  readonly endpoint: string;
  readonly #oversizeTransport: Transport;
  /** Its probes have not been answered. */
  isDown = false;
  /** While it is not known whether it is there at all (ms); 0 where nothing speaks against it. */
  suspectUntil = 0;
  /** Until when it has asked to be left alone (ms). */
  #restsUntil = 0;
  #noTcpUntil = 0;

  constructor(
    { transport, port }: Pick<Site, 'transport' | 'port'>,
    address: string,
    endpoint = '',
    oversizeTransport: Transport = 'TCP',
  ) {
    this.name = hopName(transport, address, port);
    this.transport = transport;
    this.address = address;
    this.port = port;
    this.endpoint = endpoint;
    this.#oversizeTransport = oversizeTransport;
  }

  flow(own: OwnAddresses): Flow {
    return own.flowTo(this.transport, this.address, this.port);
  }

  /** Whether others are to be tried before it. */
  isAvoided(now: number): boolean {
    return this.isDown || now < this.suspectUntil || now < this.#restsUntil;
  }

  /** It has failed a request; for so long it is passed over (ms). */
  suspect(now: number, ms = SUSPICION_MS): void {
    this.suspectUntil = now + ms;
  }

  /** A request is risked on one that has failed: until it is known how that went, the others go elsewhere. */
  risk(now: number, ms: number): void {
    if (this.suspectUntil > 0 && now >= this.suspectUntil) this.suspectUntil = now + ms;
  }

  /** Something has come from it. */
  heard(): void {
    this.suspectUntil = 0;
    this.isDown = false;
  }

  /** §21.5.4: it has asked not to be sent any more for so long (ms). */
  rest(now: number, ms: number): void {
    this.#restsUntil = now + Math.min(ms, LONGEST_REST_MS);
  }

  /** §18.1.1: whether a request of this size is to go by TCP although this is a UDP address. */
  prefersTcp(size: number, now: number): boolean {
    return (
      size > LARGEST_DATAGRAM &&
      this.transport === 'UDP' &&
      this.#oversizeTransport === 'TCP' &&
      now >= this.#noTcpUntil
    );
  }

  refusedTcp(now: number): void {
    this.#noTcpUntil = now + TCP_RETRY_AFTER;
  }

  /** Whether another is the same address of the same endpoint, described alike. */
  isLike(other: Hop): boolean {
    return (
      this.name === other.name &&
      this.endpoint === other.endpoint &&
      this.#oversizeTransport === other.#oversizeTransport
    );
  }
}
