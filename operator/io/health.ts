import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthParts {
  /** Why it should be restarted; empty where it lives. */
  readonly notAlive: () => readonly string[];
  /** Why it can't take over or work yet; empty where it can. */
  readonly notReady: () => readonly string[];
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
}

export interface Health {
  readonly port: number;
  close(): Promise<void>;
}

const LIMITS = { requestTimeout: 5000, headersTimeout: 5000, keepAliveTimeout: 5000, maxHeaderSize: 8192 };
const MAX_CONNECTIONS = 64;

/** Serves /livez, /readyz and /metrics at an address (port 0 lets the system choose); an error's text where it can't. */
export function openHealth(
  at: { readonly host: string; readonly port: number },
  { notAlive, notReady, metrics }: HealthParts,
): Promise<Health | string> {
  const server = createServer(LIMITS, (request, response) => {
    const { pathname } = URL.parse(request.url ?? '/', 'http://health') ?? { pathname: '' };
    if (pathname === '/livez') tell(response, notAlive());
    else if (pathname === '/readyz') tell(response, notReady());
    else if (pathname === '/metrics')
      metrics.metrics().then(
        (page) => response.writeHead(200, { 'content-type': metrics.contentType }).end(page),
        (error: unknown) => response.writeHead(500).end(`${error}\n`),
      );
    else response.writeHead(404).end('there are /livez, /readyz and /metrics\n');
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (_error, socket) => void socket.destroy());
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        `cannot serve --health on ${at.host}:${at.port} (${error.code ?? error.message}): choose another address or port`,
      ),
    );
    server.listen(at, () => {
      server.removeAllListeners('error').on('error', () => {});
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => closed());
          server.closeAllConnections();
        });
      resolve({ port: (server.address() as AddressInfo).port, close });
    });
  });
}

function tell(response: ServerResponse, reasons: readonly string[]): void {
  response.writeHead(reasons.length === 0 ? 200 : 503, { 'content-type': 'application/json' });
  response.end(
    `${JSON.stringify(reasons.length === 0 ? { status: 'ok' } : { status: 'not ok', reasons })}\n`,
  );
}
