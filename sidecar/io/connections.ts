import type { Socket } from 'node:net';
import type { Millis, SendFailure } from '../effect.ts';
import { type Flow, peerName, streamName, TRANSPORTS, type Transport } from '../wire/flow.ts';
import { Admission } from './admission.ts';
import type { OpenChannel } from './channel.ts';
import { type CloseReason, Connection, type ConnectionLimits, type Failed } from './connection.ts';
import type { AllowedSources } from './sources.ts';
import type { Give, Surroundings } from './surroundings.ts';

/** How often, at least, connections are looked at for times that are over; nothing runs while there are none. */
const CHECK_MS = 1000;

const STREAMS: readonly Transport[] = TRANSPORTS.filter((transport) => transport !== 'UDP');

/** A peer that has opened a connection. */
export interface Peer {
  readonly transport: Transport;
  readonly listener: string;
  readonly address: string;
  readonly port: number;
}

/** Starts a connection to where a flow leads, from `localAddress` if given; undefined where nothing can be opened there. */
export type Dial = (flow: Flow, localAddress: string | undefined) => OpenChannel | undefined;

/** All connections of this process, of every stream transport and whoever opened them. */
export class Connections {
  readonly limits: ConnectionLimits;
  readonly #around: Surroundings;
  readonly #give: Give;
  readonly #dial: Dial;
  readonly #admission: Admission;
  readonly #bySerial = new Map<number, Connection>();
  /** The newest usable connection to each peer, by listener, address and port. */
  readonly #byPeer = new Map<string, Connection>();
  #opened = 0;
  #serial = 0;
  #check: NodeJS.Timeout | undefined;

  constructor(
    around: Surroundings,
    sources: AllowedSources,
    limits: ConnectionLimits,
    give: Give,
    dial: Dial,
  ) {
    this.#around = around;
    this.limits = limits;
    this.#give = give;
    this.#dial = dial;
    this.#admission = new Admission(around, sources, limits);
  }

  /** Those that are up or come up by our doing; not what is still in a handshake that a peer has begun. */
  get count(): number {
    return this.#bySerial.size;
  }

  /** The same by transport. */
  get counts(): ReadonlyMap<Transport, number> {
    const counts = new Map(STREAMS.map((transport) => [transport, 0]));
    for (const { flow } of this.#bySerial.values())
      counts.set(flow.transport, (counts.get(flow.transport) ?? 0) + 1);
    return counts;
  }

  /** Whether a socket that a peer has opened may go on, be it to a handshake; if not it is gone. */
  admit(socket: Socket): boolean {
    return this.#admission.admit(socket);
  }

  /** Takes a connection of a peer's that has been admitted and is up. */
  accept({ transport, listener, address, port }: Peer, open: OpenChannel): void {
    this.#add({ transport, listener, address, port, connection: ++this.#serial }, open, true);
  }

  #add(flow: Flow, open: OpenChannel, accepted: boolean): Connection {
    const connection = new Connection(
      flow,
      open,
      accepted,
      this.#around,
      this.limits,
      this.#give,
      this.#forget,
    );
    this.#bySerial.set(flow.connection, connection);
    // RFC 5923 §8.2: what a peer has opened is no way to whoever has that address where a certificate is to prove it.
    if (!accepted || flow.transport === 'TCP') this.#byPeer.set(peerName(flow), connection);
    if (!accepted) this.#opened++;
    this.#check ??= this.#checkLater();
    return connection;
  }

  readonly #forget = (connection: Connection): void => {
    const { flow } = connection;
    this.#bySerial.delete(flow.connection);
    if (this.#byPeer.get(peerName(flow)) === connection) this.#byPeer.delete(peerName(flow));
    if (!connection.accepted) this.#opened--;
  };

  readonly #checkAll = (): void => {
    const now: Millis = this.#around.clock();
    for (const connection of this.#bySerial.values()) connection.check(now);
    this.#check = this.#bySerial.size > 0 ? this.#checkLater() : undefined;
  };

  #checkLater(): NodeJS.Timeout {
    const { idleMs, partialMs, connectMs, pingMs } = this.limits;
    return setTimeout(this.#checkAll, Math.min(CHECK_MS, idleMs, partialMs, connectMs, pingMs));
  }

  /**
   * Sends over the very connection that the flow names or, where it names none, over any to that address and port
   * (RFC 5923: for TCP also one that the peer opened from there), opening one if need be, from `localAddress` if given.
   */
  send(flow: Flow, text: string, failed: Failed, localAddress: string | undefined): void {
    if (flow.connection !== 0) {
      const connection = this.#bySerial.get(flow.connection);
      if (connection !== undefined) return connection.send(text, failed);
      return this.#unsent('gone', failed);
    }
    const known = this.#byPeer.get(peerName(flow));
    if (known?.isUsable && known.flow.transport === flow.transport) return known.send(text, failed);
    // Opened ones have a bound of their own, so that a flood of accepted ones never cuts us off from the PBX.
    if (this.#opened >= this.limits.maxConnections) return this.#unsent('busy', failed);
    const open = this.#dial(flow, localAddress);
    if (open === undefined) return this.#unsent('refused', failed);
    this.#add({ ...flow, connection: ++this.#serial }, open, false).send(text, failed);
  }

  #unsent(reason: SendFailure, failed: Failed): void {
    this.#around.tally.drop(`unsent_${reason}`);
    failed?.(reason);
  }

  /** Closes the oldest that is not in `busy`, and over which no part of a message has come or waits to leave; false where there is none. */
  closeIdle(busy: ReadonlySet<string>): boolean {
    for (const connection of this.#bySerial.values()) {
      const { flow } = connection;
      if (!connection.isIdle || busy.has(streamName(flow)) || busy.has(peerName(flow))) continue;
      connection.close('shutdown');
      return true;
    }
    return false;
  }

  /** Closes the one of a serial, if there is one. */
  closeOne(serial: number, reason: CloseReason): void {
    this.#bySerial.get(serial)?.close(reason);
  }

  /** Closes the connections of one listener, or all. */
  close(reason: CloseReason, listener?: string): void {
    for (const connection of this.#bySerial.values()) {
      if (listener === undefined || connection.flow.listener === listener) connection.close(reason);
    }
    if (listener === undefined) this.#admission.destroyAll();
  }
}
