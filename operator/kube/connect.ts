import { CredentialSource, type KubeConfigSource } from './credentials.ts';
import { type HttpTally, KubeHttp } from './http.ts';

export interface ConnectOptions extends KubeConfigSource {
  readonly qps: number;
  readonly burst: number;
  readonly userAgent: string;
  readonly tally: HttpTally;
  readonly mayWrite?: () => boolean;
  readonly pingMs?: number;
}

export interface Connection {
  readonly kube: KubeHttp;
  /** The namespace of the pod or of the kubeconfig's context. */
  readonly namespace: string;
}

const monotonic = (): number => performance.now();

/** A connection to the cluster that a kubeconfig, or the pod's account, names; a sentence where none does. */
export function connect({ file, context, ...http }: ConnectOptions): Connection | string {
  try {
    const source = { ...(file !== undefined && { file }), ...(context !== undefined && { context }) };
    const credentials = new CredentialSource(source, monotonic);
    const kube = new KubeHttp({ ...http, credentials, clock: monotonic });
    return { kube, namespace: credentials.namespace };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
