import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { clientCertificateFault, type HandshakeFault, tlsFault } from './handshake-fault.ts';

/** What a listener of TLS or WSS shows its peers, and asks of them. */
export interface ListenerTls {
  /** Certificates, keys, versions and authorities; they have been tried, so that a server can be made of them. */
  readonly options: TlsOptions;
  readonly clientCertificates: 'None' | 'Request' | 'Require';
}

/** Where an encrypted connection goes on, and whom a failure is told. */
export interface TlsDoorOptions {
  readonly timeoutMs: number;
  readonly secured: (socket: TLSSocket) => void;
  readonly failed: (fault: HandshakeFault, address: string | undefined) => void;
}

/** The TLS handshake of connections that peers have opened. What has been let through keeps what it was let through by. */
export class TlsDoor {
  readonly #options: TlsDoorOptions;
  #tls: ListenerTls;
  #server: Server;

  constructor(tls: ListenerTls, options: TlsDoorOptions) {
    this.#options = options;
    this.#tls = tls;
    this.#server = this.#serverOf(tls);
  }

  /** What handshakes go by. */
  get tls(): ListenerTls {
    return this.#tls;
  }

  /** Handshakes to come are by these. A server of their own has its own session keys: nobody resumes what the former allowed. */
  use(tls: ListenerTls): void {
    if (tls === this.#tls) return;
    this.#tls = tls;
    this.#server = this.#serverOf(tls);
  }

  /** Begins a handshake; it ends in `secured` or `failed`, in time. */
  enter(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  #serverOf(tls: ListenerTls): Server {
    const server = createServer({
      ...tls.options,
      handshakeTimeout: this.#options.timeoutMs,
      requestCert: tls.clientCertificates !== 'None',
      // Whom to refuse is decided below, where the reason is still known.
      rejectUnauthorized: false,
    });
    server.on('tlsClientError', (error, socket) => {
      this.#options.failed(tlsFault(error), socket.remoteAddress);
      // After a handshake that takes too long it would stay.
      socket.destroy();
    });
    server.on('secureConnection', (socket) => this.#judge(socket, tls));
    return server;
  }

  #judge(socket: TLSSocket, { clientCertificates }: ListenerTls): void {
    const fault = clientCertificates === 'None' ? undefined : certificateFault(socket, clientCertificates);
    if (fault === undefined) return this.#options.secured(socket);
    socket.on('error', () => {});
    this.#options.failed(fault, socket.remoteAddress);
    socket.destroy();
  }
}

function certificateFault(socket: TLSSocket, wanted: 'Request' | 'Require'): HandshakeFault | undefined {
  if (socket.authorized) return undefined;
  if (socket.getPeerX509Certificate() === undefined)
    return wanted === 'Require' ? clientCertificateFault(undefined) : undefined;
  // The declared type is Error; it is OpenSSL's code, as text.
  return clientCertificateFault(String(socket.authorizationError));
}
