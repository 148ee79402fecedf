import { createServer, isIPv6, type Server } from 'node:net';
import type { ListenerConfig } from '../config.ts';
import { type ListenFault, listenFault } from './listen-fault.ts';
import type { Surroundings } from './surroundings.ts';
import type { TcpConnections } from './tcp.ts';

/** Connections that may wait to be accepted. */
const BACKLOG = 1024;

/** One listening TCP socket; what it accepts belongs to the connections. */
export class TcpListener {
  name: string;
  readonly #server: Server;

  private constructor(
    config: ListenerConfig,
    server: Server,
    connections: TcpConnections,
    around: Surroundings,
  ) {
    this.name = config.name;
    this.#server = server;
    server.on('connection', (socket) => connections.accept(this.name, socket));
    // Out of file descriptors, as a rule: what is open goes on, and accepting does when some are free again.
    server.on('error', (error: NodeJS.ErrnoException) => {
      around.tally.event('tcp_accept_error');
      around.note({
        level: 'error',
        event: 'tcp accept error',
        reason: `listener ${this.name}: ${error.code ?? error.message}`,
      });
    });
  }

  /** Binds and listens; a fault is a value. Port 0 lets the system choose one, seen in `port`. */
  static open(
    config: ListenerConfig,
    around: Surroundings,
    connections: TcpConnections,
  ): Promise<TcpListener | ListenFault> {
    const { address, port } = config;
    const server = createServer({ noDelay: true });
    return new Promise((resolve) => {
      server.once('error', (error) => resolve(listenFault(config, error)));
      server.listen(
        { host: address, port, ipv6Only: isIPv6(address), backlog: BACKLOG, exclusive: true },
        () => {
          server.removeAllListeners('error');
          resolve(new TcpListener(config, server, connections, around));
        },
      );
    });
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** Listens no more; its connections are not touched, and not waited for. */
  close(): Promise<void> {
    this.#server.close();
    return Promise.resolve();
  }
}
