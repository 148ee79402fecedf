import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { ListenerConfig } from '../config.ts';
import { isSecure, type Transport } from '../wire/flow.ts';
import { type OpenChannel, prepareSocket, streamChannel } from './channel.ts';
import type { Connections } from './connections.ts';
import { type ListenFault, listenFault } from './listen-fault.ts';
import { plainAddress } from './sources.ts';
import type { Surroundings } from './surroundings.ts';
import { type ListenerTls, TlsDoor } from './tls-door.ts';
import { webSocketChannel } from './web-socket-channel.ts';
import { WebSocketDoor } from './web-socket-door.ts';

/** Connections that may wait to be accepted. */
const BACKLOG = 1024;

/** What a listener of TLS or WSS has to have. */
export type TlsOf = (listener: string) => ListenerTls | undefined;

/** One listening socket of TCP, TLS, WS or WSS; what it accepts goes through its handshakes and then belongs to the connections. */
export class StreamListener {
  #name: string;
  readonly #transport: Transport;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #around: Surroundings;
  readonly #tls: TlsDoor | undefined;
  readonly #webSocket: WebSocketDoor | undefined;
  #isClosed = false;

  private constructor(
    config: ListenerConfig,
    server: Server,
    connections: Connections,
    around: Surroundings,
    tls: ListenerTls | undefined,
  ) {
    this.#name = config.name;
    this.#transport = config.transport;
    this.#server = server;
    this.#connections = connections;
    this.#around = around;
    this.#tls = tls && this.#tlsDoor(tls);
    this.#webSocket = config.webSocket && this.#webSocketDoor(config.webSocket);
    server.on('connection', (socket) => this.#accept(socket));
    // Out of file descriptors, as a rule: what is open goes on, and accepting does when some are free again.
    server.on('error', (error: NodeJS.ErrnoException) => {
      around.tally.event('tcp_accept_error');
      around.note({
        level: 'error',
        event: 'tcp accept error',
        reason: `listener ${this.#name}: ${error.code ?? error.message}`,
      });
    });
  }

  /** Binds and listens; a fault is a value. Port 0 lets the system choose one, seen in `port`. */
  static open(
    config: ListenerConfig,
    around: Surroundings,
    connections: Connections,
    tls: ListenerTls | undefined,
  ): Promise<StreamListener | ListenFault> {
    // Never in plain what is to be secret.
    if (isSecure(config.transport) && tls === undefined)
      throw new Error(`listener ${config.name} has no certificate`);
    const { address, port } = config;
    const server = createServer({ noDelay: true });
    return new Promise((resolve) => {
      server.once('error', (error) => resolve(listenFault(config, error)));
      server.listen(
        { host: address, port, ipv6Only: isIPv6(address), backlog: BACKLOG, exclusive: true },
        () => {
          server.removeAllListeners('error');
          resolve(new StreamListener(config, server, connections, around, tls));
        },
      );
    });
  }

  get name(): string {
    return this.#name;
  }

  /** By what connections are secured now. */
  get tls(): ListenerTls | undefined {
    return this.#tls?.tls;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** Goes by a changed description, of the same transport, from the next connection on. */
  adopt({ name, webSocket }: ListenerConfig): void {
    this.#name = name;
    if (this.#webSocket !== undefined && webSocket !== undefined) this.#webSocket.rules = webSocket;
  }

  /** The same for what it shows and asks of its peers. */
  secure(tls: ListenerTls | undefined): void {
    if (tls !== undefined) this.#tls?.use(tls);
  }

  #accept(socket: Socket): void {
    if (!this.#connections.admit(socket)) return;
    prepareSocket(socket);
    if (this.#tls !== undefined) this.#tls.enter(socket);
    else this.#secured(socket);
  }

  #tlsDoor(tls: ListenerTls): TlsDoor {
    return new TlsDoor(tls, {
      timeoutMs: this.#connections.limits.partialMs,
      secured: (socket) => this.#secured(socket),
      failed: ({ reason, sentence }, address) => this.#failed(`tls_${reason}`, sentence, address),
    });
  }

  #secured(socket: Socket): void {
    if (this.#webSocket !== undefined) this.#webSocket.enter(socket);
    else this.#up(socket, streamChannel(socket, this.#connections.limits.maxMessageBytes, 'connect'));
  }

  #webSocketDoor(rules: WebSocketDoor['rules']): WebSocketDoor {
    const { limits } = this.#connections;
    return new WebSocketDoor(rules, {
      timeoutMs: limits.partialMs,
      limits,
      opened: (webSocket, socket) => this.#up(socket, webSocketChannel(webSocket, socket)),
      refused: ({ reason, sentence }, socket) =>
        this.#failed(`websocket_${reason}`, sentence, socket.remoteAddress),
    });
  }

  /** Its handshakes are over. */
  #up(socket: Socket, open: OpenChannel): void {
    const { remoteAddress, remotePort } = socket;
    // It was reset meanwhile, or nobody is to be let in any more.
    if (remoteAddress === undefined || remotePort === undefined || this.#isClosed)
      return void socket.destroy();
    const address = plainAddress(remoteAddress);
    this.#connections.accept(
      { transport: this.#transport, listener: this.#name, address, port: remotePort },
      open,
    );
  }

  #failed(reason: string, sentence: string, address: string | undefined): void {
    this.#around.tally.handshakeFailed(this.#transport, reason);
    this.#around.note({
      level: 'warn',
      event: 'handshake failed',
      reason: `listener ${this.#name}: ${sentence}`,
      ...(address !== undefined && { source: `${this.#transport} ${plainAddress(address)}` }),
    });
  }

  /** Listens no more; its connections are not touched, and not waited for. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#server.close();
    return Promise.resolve();
  }
}
