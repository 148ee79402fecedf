import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';

/** One answer of the fake API server, to be given as a test likes: whole, in pieces, or broken off. */
export class Answer {
  readonly #response: ServerResponse;
  readonly #socket: Socket | undefined;

  /** `socket` is that of TCP, under TLS. */
  constructor(response: ServerResponse | Http2ServerResponse, socket: Socket | undefined) {
    // Both kinds have all the calls below, but no common type for them.
    this.#response = response as ServerResponse;
    this.#socket = socket;
  }

  json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.head(status, headers);
    this.end(JSON.stringify(body));
  }

  /** A refusal as the API server words it. */
  refuse(code: number, reason: string, headers: Readonly<Record<string, string>> = {}): void {
    this.json(
      code,
      { kind: 'Status', status: 'Failure', code, reason, message: `refused: ${reason}` },
      headers,
    );
  }

  head(status = 200, headers: Readonly<Record<string, string>> = {}): void {
    this.#response.writeHead(status, { 'content-type': 'application/json', ...headers });
    this.#response.flushHeaders();
  }

  /** Resolves when it has been handed to the connection. */
  write(part: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#part(part, resolve));
  }

  /** An event of a watch, as a line of its own. */
  event(type: string, object: unknown): Promise<void> {
    return this.write(`${JSON.stringify({ type, object })}\n`);
  }

  end(part: string | Uint8Array = ''): void {
    this.#response.end(part);
  }

  /** Breaks its connection off (RST), and with it all that shares the connection. */
  reset(): void {
    this.#socket?.resetAndDestroy();
  }

  onClose(call: () => void): void {
    this.#response.once('close', call);
  }

  #part(part: string | Uint8Array, done: () => void): void {
    if (this.#response.writableEnded || this.#response.destroyed) done();
    else this.#response.write(part, () => done());
  }
}
