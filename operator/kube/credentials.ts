import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

export interface KubeConfigSource {
  /** A kubeconfig file; undefined for the pod's own account, else $KUBECONFIG or ~/.kube/config. */
  readonly file?: string | undefined;
  readonly context?: string | undefined;
}

/** How the API server is reached and who we are to it. */
export interface Credentials {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Tls;
  /** Equal for equal `tls`. */
  readonly tlsId: string;
}

export type Tls = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

/** The token of a file changes about every hour; programs of `exec` say themselves how long theirs hold. */
const FRESH_MS = 10_000;

/** What a kubeconfig, or the pod's account, says; files are read again as they change. */
export class CredentialSource {
  readonly #source: KubeConfigSource;
  readonly #clock: () => number;
  #config: KubeConfig;
  #known: { readonly credentials: Credentials; readonly at: number } | undefined;
  /** A program of `exec` takes its time; it is run once for all who wait. */
  #coming: Promise<Credentials> | undefined;

  /** Throws with a sentence where there is no configuration. `clock` is monotonic, in milliseconds. */
  constructor(source: KubeConfigSource, clock: () => number) {
    this.#source = source;
    this.#clock = clock;
    this.#config = load(source);
  }

  /** The namespace that is meant where none is named. */
  get namespace(): string {
    const context = this.#config.getContextObject(this.#config.getCurrentContext());
    return context?.namespace ?? 'default';
  }

  /** Rejects where a file can't be read or a program fails; the next call tries again. */
  async get(): Promise<Credentials> {
    const known = this.#known;
    if (known !== undefined && this.#clock() - known.at < FRESH_MS) return known.credentials;
    if (this.#coming !== undefined) return this.#coming;
    const coming = this.#read(this.#config).finally(() => {
      if (this.#coming === coming) this.#coming = undefined;
    });
    this.#coming = coming;
    return coming;
  }

  async #read(config: KubeConfig): Promise<Credentials> {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const server = URL.parse(config.getCurrentCluster()?.server ?? '');
    if (server === null) throw new Error('the kubeconfig names no cluster that can be reached by URL');
    const { ca, cert, key, servername, rejectUnauthorized, headers = {}, auth } = options;
    const tls: Tls = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(servername !== undefined && { servername }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    };
    const basic =
      typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
    const credentials = { server, headers: { ...plainHeaders(headers), ...basic }, tls, tlsId: idOf(tls) };
    if (config === this.#config) this.#known = { credentials, at: this.#clock() };
    return credentials;
  }

  /**
   * Reads everything anew, for the API server does not know `refused` any more (401); not where others are known already,
   * as when many requests were refused at once. Throws as the constructor does.
   */
  renew(refused: Credentials): void {
    const known = this.#known?.credentials;
    const isKnown =
      known?.tlsId === refused.tlsId && known.headers.authorization === refused.headers.authorization;
    if (!isKnown) return;
    this.#config = load(this.#source);
    this.#known = undefined;
    this.#coming = undefined;
  }
}

const plainHeaders = (headers: NonNullable<RequestOptions['headers']>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value).trim()]),
  );

const idOf = (tls: Tls): string =>
  createHash('sha256')
    .update(JSON.stringify([tls.ca, tls.cert, tls.key].map(String)))
    .update(`${tls.servername} ${tls.rejectUnauthorized}`)
    .digest('hex');

function load({ file, context }: KubeConfigSource): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file !== undefined) config.loadFromFile(file);
    else if (process.env.KUBERNETES_SERVICE_HOST !== undefined && process.env.KUBECONFIG === undefined)
      config.loadFromCluster();
    else config.loadFromDefault();
    if (context !== undefined) config.setCurrentContext(context);
  } catch (error) {
    throw new Error(
      `the kubeconfig can't be read: ${error instanceof Error ? error.message : error}; name one with --kubeconfig or KUBECONFIG`,
    );
  }
  // Where there is no file at all, the library makes one up that leads nowhere.
  const cluster = config.getCurrentCluster();
  if (cluster === null || cluster.server === 'http://localhost:8080')
    throw new Error(
      context === undefined
        ? 'no cluster is configured; name a kubeconfig with --kubeconfig or KUBECONFIG, or run it in a pod'
        : `the kubeconfig has no context ${context} with a cluster; \`kubectl config get-contexts\` lists them`,
    );
  return config;
}
