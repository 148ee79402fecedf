import { connect, isIPv6, type Socket } from 'node:net';
import type { Millis, SendFailure } from '../effect.ts';
import { type Flow, peerName, streamName } from '../wire/flow.ts';
import { type AllowedSources, plainAddress } from './sources.ts';
import type { Give, Surroundings } from './surroundings.ts';
import { type CloseReason, TcpConnection, type TcpLimits } from './tcp-connection.ts';

/** How often, at least, connections are looked at for times that are over; nothing runs while there are none. */
const CHECK_MS = 1000;

/** All TCP connections of this process, whoever opened them. */
export class TcpConnections {
  readonly limits: TcpLimits;
  readonly #around: Surroundings;
  readonly #sources: AllowedSources;
  readonly #give: Give;
  readonly #bySerial = new Map<number, TcpConnection>();
  /** The newest usable connection to each peer, by listener, address and port. */
  readonly #byPeer = new Map<string, TcpConnection>();
  readonly #acceptedFrom = new Map<string, number>();
  #accepted = 0;
  #serial = 0;
  #check: NodeJS.Timeout | undefined;

  constructor(around: Surroundings, sources: AllowedSources, limits: TcpLimits, give: Give) {
    this.#around = around;
    this.#sources = sources;
    this.limits = limits;
    this.#give = give;
  }

  get count(): number {
    return this.#bySerial.size;
  }

  /** Takes a connection that a peer has opened to a listener, if the bounds allow. */
  accept(listener: string, socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    // It was reset before we came to look at it.
    if (remoteAddress === undefined || remotePort === undefined) return void socket.destroy();
    const address = plainAddress(remoteAddress);
    const refusal = this.#refusal(address);
    if (refusal !== undefined) {
      this.#around.tally.drop(refusal);
      socket.on('error', () => {});
      return void socket.destroy();
    }
    this.#accepted++;
    this.#acceptedFrom.set(address, (this.#acceptedFrom.get(address) ?? 0) + 1);
    this.#add(listener, address, remotePort, socket, true);
  }

  #refusal(address: string): string | undefined {
    const refusal = this.#sources.refusal(address, this.#around.clock());
    if (refusal !== undefined) return refusal;
    if (this.#accepted >= this.limits.maxConnections) return 'too_many_connections';
    const fromThere = this.#acceptedFrom.get(address) ?? 0;
    return fromThere >= this.limits.maxConnectionsPerSource ? 'too_many_connections_of_source' : undefined;
  }

  #add(listener: string, address: string, port: number, socket: Socket, accepted: boolean): TcpConnection {
    const flow: Flow = { transport: 'TCP', listener, address, port, connection: ++this.#serial };
    const connection = new TcpConnection(
      flow,
      socket,
      accepted,
      this.#around,
      this.limits,
      this.#give,
      this.#forget,
    );
    this.#bySerial.set(flow.connection, connection);
    this.#byPeer.set(peerName(flow), connection);
    this.#check ??= this.#checkLater();
    return connection;
  }

  readonly #forget = (connection: TcpConnection): void => {
    const { flow } = connection;
    this.#bySerial.delete(flow.connection);
    if (this.#byPeer.get(peerName(flow)) === connection) this.#byPeer.delete(peerName(flow));
    if (!connection.accepted) return;
    this.#accepted--;
    const left = (this.#acceptedFrom.get(flow.address) ?? 1) - 1;
    if (left === 0) this.#acceptedFrom.delete(flow.address);
    else this.#acceptedFrom.set(flow.address, left);
  };

  readonly #checkAll = (): void => {
    const now: Millis = this.#around.clock();
    for (const connection of this.#bySerial.values()) connection.check(now);
    this.#check = this.#bySerial.size > 0 ? this.#checkLater() : undefined;
  };

  #checkLater(): NodeJS.Timeout {
    const { idleMs, partialMs, connectMs } = this.limits;
    return setTimeout(this.#checkAll, Math.min(CHECK_MS, idleMs, partialMs, connectMs));
  }

  /**
   * Sends over the very connection that the flow names or, where it names none, over any to that address and port
   * (RFC 5923: also one that the peer opened from there), opening one if need be, from `localAddress` if given.
   */
  send(
    flow: Flow,
    text: string,
    failed: ((reason: SendFailure) => void) | undefined,
    localAddress: string | undefined,
  ): void {
    if (flow.connection !== 0) {
      const connection = this.#bySerial.get(flow.connection);
      if (connection !== undefined) return connection.send(text, failed);
      return this.#unsent('gone', failed);
    }
    const known = this.#byPeer.get(peerName(flow));
    const connection = known?.isUsable ? known : this.#open(flow, localAddress);
    if (connection === undefined) return this.#unsent('busy', failed);
    connection.send(text, failed);
  }

  /** Opened ones have a bound of their own, so that a flood of accepted ones never cuts us off from the PBX. */
  #open(flow: Flow, localAddress: string | undefined): TcpConnection | undefined {
    if (this.#bySerial.size - this.#accepted >= this.limits.maxConnections) return undefined;
    const { address, port } = flow;
    const from =
      localAddress !== undefined && isIPv6(localAddress) === isIPv6(address) ? localAddress : undefined;
    const socket = connect({ host: address, port, ...(from !== undefined && { localAddress: from }) });
    return this.#add(flow.listener, address, port, socket, false);
  }

  #unsent(reason: SendFailure, failed: ((reason: SendFailure) => void) | undefined): void {
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
  }
}
