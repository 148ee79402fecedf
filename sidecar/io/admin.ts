import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostPort } from '../config.ts';
import type { Millis } from '../effect.ts';
import type { Ban } from '../guard/bans.ts';
import type { Binding } from '../registrar/binding.ts';
import { hostPort } from '../wire/flow.ts';
import { addressOf, viewBans } from './bans-view.ts';
import { aorsAfter, viewAor } from './bindings-view.ts';
import { readable, wireText } from './readable.ts';
import { plainAddress } from './sources.ts';

/** All that the admin server asks of the location. */
export interface Located {
  find(aor: string): readonly Binding[];
  aors(): Iterable<string>;
}

export interface AdminParts {
  readonly clock: () => Millis;
  readonly location: Located;
  /** Why the proxy can't serve yet; empty when it can, also while it drains. */
  readonly notReady: () => readonly string[];
  /** What `/v1/status` answers. */
  readonly status: () => object;
  /** Who is banned; `release` ends the ban of an address's source, false where there is none. */
  readonly bans: { all(): readonly Ban[]; release(address: string): boolean };
  readonly metrics: { readonly contentType: string; page(): Promise<string> };
}

export interface Admin {
  readonly port: number;
  close(): Promise<void>;
}

type Handler = (request: URL, response: ServerResponse, method: string) => void | Promise<void>;

/** What is told to this machine only, and what of it may be changed. */
const LOCAL: ReadonlySet<string> = new Set(['/v1/bindings', '/v1/bans']);
const CHANGEABLE = '/v1/bans';

const MAX_CONNECTIONS = 64;
const DEFAULT_LIMIT = 10_000;

/** AoRs written before the event loop gets its turn. */
const IN_ONE_GO = 200;

/** Serves health, metrics, bindings and status at an address (port 0 lets the system choose); an error's text where it can't. */
export async function openAdmin(at: HostPort, parts: AdminParts): Promise<Admin | string> {
  const routes: Readonly<Record<string, Handler>> = {
    '/livez': (_url, response) => json(response, 200, { status: 'ok' }),
    '/readyz': (_url, response) => readyz(parts.notReady(), response),
    '/metrics': async (_url, response) => {
      const page = await parts.metrics.page();
      response.writeHead(200, { 'content-type': parts.metrics.contentType }).end(page);
    },
    '/v1/bindings': (url, response) => bindings(parts, url.searchParams, response),
    '/v1/bans': (url, response, method) => bans(parts, url.searchParams, response, method),
    '/v1/status': (_url, response) => json(response, 200, parts.status()),
  };
  // A slow or silent client holds nothing for long.
  const timeouts = {
    requestTimeout: 5000,
    headersTimeout: 5000,
    keepAliveTimeout: 5000,
    maxHeaderSize: 8192,
  };
  const server = createServer(timeouts, (request, response) => void answer(routes, request, response));
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (_error, socket) => void socket.destroy());
  return listen(server, at);
}

function listen(server: Server, at: HostPort): Promise<Admin | string> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        `cannot serve --admin on ${hostPort(at.host, at.port)} (${error.code ?? error.message}): choose another address or port`,
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

async function answer(
  routes: Readonly<Record<string, Handler>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = URL.parse(request.url ?? '', 'http://admin');
    const handler = url !== null && Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
    if (url === null || handler === undefined) {
      return json(response, 404, { error: 'not found', paths: Object.keys(routes) });
    }
    const { method = '' } = request;
    const allowed = url.pathname === CHANGEABLE ? ['GET', 'HEAD', 'DELETE'] : ['GET', 'HEAD'];
    if (!allowed.includes(method)) {
      response.setHeader('allow', allowed.join(', '));
      return json(response, 405, {
        error: `${method} is not allowed: ${url.pathname} takes ${allowed.join(', ')}`,
      });
    }
    if (LOCAL.has(url.pathname) && !isLocal(request)) return json(response, 403, notTold(url.pathname));
    await handler(url, response, method);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else json(response, 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** Who is online, and who is kept out, is nobody's business but the machine's own. */
const notTold = (path: string): object => {
  const what = path.slice(path.lastIndexOf('/') + 1);
  return {
    error: `${what} are told on this machine only; ask there with \`midreg ${what}\`, in Kubernetes with \`kubectl exec deploy/NAME-midreg -- midreg ${what}\``,
  };
};

function isLocal({ socket }: IncomingMessage): boolean {
  const address = plainAddress(socket.remoteAddress ?? '');
  return address.startsWith('127.') || address === '::1';
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`);
}

function readyz(reasons: readonly string[], response: ServerResponse): void {
  if (reasons.length === 0) json(response, 200, { status: 'ok' });
  else json(response, 503, { status: 'starting', reasons });
}

/** GET tells who is banned, DELETE `?source=` ends one ban. */
function bans(parts: AdminParts, query: URLSearchParams, response: ServerResponse, method: string): void {
  if (method !== 'DELETE') return json(response, 200, { bans: viewBans(parts.bans.all(), parts.clock()) });
  const source = query.get('source');
  if (source === null) return json(response, 400, { error: 'name whom to release: ?source=ADDRESS' });
  if (!parts.bans.release(addressOf(source)))
    return json(response, 404, { error: `${source} is not banned` });
  json(response, 200, { released: source });
}

/** `?aor=` narrows it to one AoR; else `limit` AoRs after the cursor `after`, and `next` where there may be more. */
async function bindings(parts: AdminParts, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > DEFAULT_LIMIT) {
    return json(response, 400, { error: `limit is a number from 1 to ${DEFAULT_LIMIT}` });
  }
  const asked = query.get('aor');
  const aors =
    asked === null
      ? await aorsAfter(parts.location.aors(), wireText(query.get('after') ?? ''), limit)
      : [aorOf(asked)];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"bindings":[');
  let count = 0;
  for (const [i, aor] of aors.entries()) {
    if (i % IN_ONE_GO === IN_ONE_GO - 1 && !(await canGoOn(response))) return;
    const view = viewAor(aor, parts.location.find(aor), parts.clock());
    if (view !== undefined) response.write((count++ > 0 ? ',' : '') + JSON.stringify(view));
  }
  const next = asked === null && aors.length === limit ? readable(aors.at(-1) as string) : undefined;
  response.end(`],"count":${count}${next === undefined ? '' : `,"next":${JSON.stringify(next)}`}}\n`);
}

/** Waits for a reader that is slower than we, and for the event loop's other work; false where it has gone. */
async function canGoOn(response: ServerResponse): Promise<boolean> {
  if (response.writableNeedDrain) {
    await new Promise<void>((resolve) => response.once('drain', resolve).once('close', resolve));
  } else {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return !response.destroyed;
}

/** An AoR as people write it (with or without `sip:`, host in any case) as its key. */
function aorOf(typed: string): string {
  const bare = wireText(typed).replace(/^sips?:/i, '');
  const at = bare.lastIndexOf('@');
  return bare.slice(0, at + 1) + bare.slice(at + 1).toLowerCase();
}
