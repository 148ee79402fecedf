import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  BAD_REQUEST,
  LARGE_REQUEST,
  PLAIN_REQUEST,
  SLOW_REQUEST,
  SUBPROTOCOL,
  type UpgradeRefusal,
  upgradeRefusal,
  WEBSOCKET_VERSION,
  type WebSocketRules,
} from './upgrade.ts';
import { WEBSOCKET_OPTIONS } from './web-socket-channel.ts';

/** A browser sends some hundred bytes, and perhaps cookies. */
const MAX_HEADER_BYTES = 16 << 10;

export interface WebSocketDoorOptions {
  readonly timeoutMs: number;
  readonly limits: { readonly maxMessageBytes: number };
  readonly opened: (webSocket: WebSocket, socket: Socket) => void;
  readonly refused: (refusal: UpgradeRefusal, socket: Socket) => void;
}

/** The opening handshake of WebSockets (RFC 6455 §4.2) on connections that peers have opened, plain or encrypted. */
export class WebSocketDoor {
  rules: WebSocketRules;
  readonly #options: WebSocketDoorOptions;
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;
  readonly #deadlines = new WeakMap<Duplex, NodeJS.Timeout>();

  constructor(rules: WebSocketRules, options: WebSocketDoorOptions) {
    this.rules = rules;
    this.#options = options;
    this.#webSockets = new WebSocketServer({
      ...WEBSOCKET_OPTIONS,
      noServer: true,
      clientTracking: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    this.#webSockets.on('wsClientError', (_error, socket) => this.#refuse(socket as Socket, BAD_REQUEST));
    this.#http = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
    this.#http.on('request', ({ socket }) => this.#refuse(socket, PLAIN_REQUEST));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    this.#http.on('connect', (_request, socket) => this.#refuse(socket as Socket, BAD_REQUEST));
    this.#http.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.#refuse(socket as Socket, error.code === 'HPE_HEADER_OVERFLOW' ? LARGE_REQUEST : BAD_REQUEST),
    );
  }

  /** Begins a handshake; it ends in `opened` or `refused`, in time. */
  enter(socket: Socket): void {
    const deadline = setTimeout(() => this.#refuse(socket, SLOW_REQUEST), this.#options.timeoutMs);
    this.#deadlines.set(socket, deadline);
    socket.on('close', () => clearTimeout(deadline));
    socket.on('error', () => {});
    this.#http.emit('connection', socket);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { url = '/', headers } = request;
    const refusal = upgradeRefusal(
      {
        target: url,
        origin: headers.origin,
        version: headers['sec-websocket-version'],
        protocols: headers['sec-websocket-protocol'],
      },
      this.rules,
    );
    if (refusal !== undefined) return this.#refuse(socket, refusal);
    // Live: a changed resource holds for what is opened from then on.
    this.#webSockets.options.maxPayload = this.#options.limits.maxMessageBytes;
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      clearTimeout(this.#deadlines.get(socket));
      this.#options.opened(webSocket, socket);
    });
  }

  #refuse(socket: Socket, refusal: UpgradeRefusal): void {
    clearTimeout(this.#deadlines.get(socket));
    if (socket.destroyed) return;
    this.#options.refused(refusal, socket);
    if (socket.writable) socket.write(answerOf(refusal));
    socket.destroySoon();
  }
}

function answerOf({ status, sentence }: UpgradeRefusal): string {
  const body = `${sentence}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...(status === 426 ? ['Upgrade: websocket', `Sec-WebSocket-Version: ${WEBSOCKET_VERSION}`] : []),
    status === 426 ? 'Connection: Upgrade, close' : 'Connection: close',
    'Content-Type: text/plain',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
