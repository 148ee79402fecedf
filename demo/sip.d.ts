/** What the demo uses of the npm package `sip` 0.0.6, which ships no types. Shapes as its parser leaves them. */
declare module 'sip' {
  /** A parameter without a value is `null`; a quoted value keeps its quotes. */
  export interface Params {
    [name: string]: string | null;
  }

  export interface Uri {
    schema: string;
    user: string | undefined;
    password?: string | undefined;
    host: string;
    /** NaN when the URI names no port. */
    port: number;
    params: Params;
    headers?: { [name: string]: string };
  }

  export interface NameAddr {
    name?: string | undefined;
    /** As received; `*` for `Contact: *`. */
    uri: string;
    params: Params;
  }

  /** A Route, Record-Route or Path value: its URI is parsed, `undefined` when the package could not read it. */
  export interface RouteEntry {
    name?: string | undefined;
    uri: Uri | undefined;
    params: Params;
  }

  export interface Via {
    version: string;
    protocol: string;
    host: string;
    port: number | undefined;
    params: Params;
  }

  export interface CSeq {
    seq: number;
    method: string;
  }

  /** A challenge or credentials; values keep their quotes. */
  export interface AuthParams {
    scheme: string;
    [param: string]: string | undefined;
  }

  /** Any header may be missing: the parser drops what it cannot read. Header names it does not know are plain text. */
  export interface Headers {
    via?: Via[] | undefined;
    to?: NameAddr | undefined;
    from?: NameAddr | undefined;
    'call-id'?: string | undefined;
    cseq?: CSeq | undefined;
    contact?: NameAddr[] | '*' | undefined;
    route?: RouteEntry[] | undefined;
    'record-route'?: RouteEntry[] | undefined;
    path?: RouteEntry[] | undefined;
    'www-authenticate'?: AuthParams[] | undefined;
    'proxy-authenticate'?: AuthParams[] | undefined;
    authorization?: AuthParams[] | undefined;
    'proxy-authorization'?: AuthParams[] | undefined;
    'max-forwards'?: string | undefined;
    'content-type'?: string | undefined;
    'user-agent'?: string | undefined;
    allow?: string | undefined;
    accept?: string | undefined;
    expires?: string | undefined;
    server?: string | undefined;
    supported?: string | undefined;
    warning?: string | undefined;
  }

  export interface Request {
    method: string;
    uri: string;
    version: string;
    headers: Headers;
    content: string;
    status?: undefined;
  }

  export interface Response {
    status: number;
    reason: string;
    version: string;
    headers: Headers;
    content: string;
    method?: undefined;
  }

  /** `undefined` when the first line or the header block cannot be read; text is latin1. */
  export function parse(datagram: Buffer): Request | Response | undefined;
  /** Writes Content-Length into its argument. */
  export function stringify(message: Request | Response): string;
  /** IPv6 and non-SIP URIs give `undefined`. */
  export function parseUri(uri: string): Uri | undefined;
  export function stringifyUri(uri: Uri | string): string;
}

declare module 'sip/digest.js' {
  import type { AuthParams, Headers, Request } from 'sip';

  export interface ServerContext {
    realm: string;
    nonce: string;
    /** The nonce count *before* this request. */
    nc: number;
    proxy: boolean;
  }

  export interface ClientContext {
    qop?: string;
  }

  export interface ChallengeResponse {
    status: number;
    headers: Headers & { 'www-authenticate'?: AuthParams[]; 'proxy-authenticate'?: AuthParams[] };
  }

  /** A nonce that carries its time and a keyed hash of it. */
  export function generateNonce(tag: string, timestamp: Date): string;
  /** When the nonce was made, `undefined` if not by us with this tag; throws on some foreign nonces. */
  export function extractNonceTimestamp(nonce: string, tag: string): Date | undefined;
  export function authenticateRequest(
    context: ServerContext,
    request: Request,
    credentials: { user: string; password: string },
  ): boolean;
  /** Adds Authorization or Proxy-Authorization to the request; throws when no quality of protection fits. */
  export function signRequest(
    context: ClientContext,
    request: Request,
    challenge: ChallengeResponse,
    credentials: { user: string; password: string },
  ): unknown;
}
