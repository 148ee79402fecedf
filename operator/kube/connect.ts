import { CredentialSource, type KubeConfigSource } from './credentials.ts';
import { type HttpTally, KubeHttp } from './http.ts';

export interface ConnectOptions extends KubeConfigSource {
  readonly qps: number;
  readonly burst: number;
  readonly userAgent: string;
  /** Nobody counts where none is named. */
  readonly tally?: HttpTally;
  readonly mayWrite?: () => boolean;
  readonly pingMs?: number;
}

export interface Connection {
  readonly kube: KubeHttp;
  /** The namespace of the pod or of the kubeconfig's context. */
  readonly namespace: string;
}

const UNCOUNTED: HttpTally = { requested: () => {}, connected: () => {} };

const monotonic = (): number => performance.now();

/** A connection to the cluster that a kubeconfig, or the pod's account, names; a sentence where none does. */
export function connect({ file, context, tally = UNCOUNTED, ...http }: ConnectOptions): Connection | string {
  try {
    const credentials = new CredentialSource({ file, context }, monotonic);
    const kube = new KubeHttp({ ...http, tally, credentials, clock: monotonic });
    return { kube, namespace: credentials.namespace };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
