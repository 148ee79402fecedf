import { join } from 'node:path';
import { vi } from 'vitest';
import { parse } from 'yaml';
import type { SharedCluster } from './run-cluster.ts';

const CHART = join(import.meta.dirname, '../../../charts/midregistrar');
const RELEASE = 'midregistrar';

/** The operator as users install it. */
export interface Installation {
  readonly namespace: string;
  helm(verb: 'upgrade' | 'test' | 'uninstall', ...args: string[]): Promise<string>;
}

const imageValues = (image: string): string[] => {
  const colon = image.lastIndexOf(':');
  return [
    '--set',
    `image.repository=${image.slice(0, colon)}`,
    '--set',
    `image.tag=${image.slice(colon + 1)}`,
  ];
};

/** Installs the chart with the run's image and waits until the operator is ready. */
export async function installOperator(
  cluster: SharedCluster,
  namespace: string,
  ...args: string[]
): Promise<Installation> {
  const place = ['--namespace', namespace];
  const values = [...imageValues(cluster.image), ...args];
  await cluster.helm(['install', RELEASE, CHART, ...place, '--create-namespace', '--wait', ...values]);
  return {
    namespace,
    helm: (verb, ...more) =>
      cluster.helm(
        verb === 'upgrade'
          ? [verb, RELEASE, CHART, ...place, '--wait', ...values, ...more]
          : [verb, RELEASE, ...place, ...more],
      ),
  };
}

export interface FrontStatus {
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly observedGeneration: number;
  readonly address: string;
  readonly addresses: readonly {
    readonly listener: string;
    readonly side: 'Phones' | 'Upstream';
    readonly host: string;
    readonly port: number;
  }[];
  readonly readyReplicas: number;
  readonly bindings?: { readonly contacts: number };
  readonly upstream: {
    readonly summary: string;
    readonly endpoints: readonly { readonly name: string; readonly state: string }[];
  };
}

export interface Deployment {
  readonly metadata: { readonly generation: number; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly template: { readonly spec: { readonly terminationGracePeriodSeconds: number } } };
}

/** A MidRegistrar in the cluster. */
export class FrontResource {
  readonly #cluster: SharedCluster;
  readonly namespace: string;
  readonly name: string;

  constructor(cluster: SharedCluster, namespace: string, name: string) {
    this.#cluster = cluster;
    this.namespace = namespace;
    this.name = name;
  }

  kubectl(...args: string[]): Promise<string> {
    return this.#cluster.kubectl(['-n', this.namespace, ...args]);
  }

  async apply(spec: object): Promise<void> {
    const head = { apiVersion: 'midregistrar.dev/v1', kind: 'MidRegistrar', metadata: { name: this.name } };
    await this.put({ ...head, spec });
  }

  /** Applies another object in its namespace. */
  async put(object: object): Promise<void> {
    await this.#cluster.kubectl(['-n', this.namespace, 'apply', '-f', '-'], JSON.stringify(object));
  }

  /** Its spec as the API server has it. */
  async spec<T>(): Promise<T> {
    return parse(await this.kubectl('get', 'midreg', this.name, '-o', 'json')).spec;
  }

  async patch(spec: object): Promise<void> {
    await this.kubectl('patch', 'midreg', this.name, '--type=merge', '-p', JSON.stringify({ spec }));
  }

  async read(): Promise<{ readonly generation: number; readonly status: FrontStatus }> {
    const { metadata, status } = parse(await this.kubectl('get', 'midreg', this.name, '-o', 'json'));
    return { generation: metadata.generation, status };
  }

  /** Resolves when the status is about the present spec and the condition holds (or is what `status` says). */
  async is(type: string, status = 'True', timeout = 60_000): Promise<FrontStatus> {
    return vi.waitFor(
      async () => {
        const now = await this.read();
        const condition = now.status?.conditions?.find((each) => each.type === type);
        if (now.status?.observedGeneration !== now.generation || condition?.status !== status)
          throw new Error(`${type} is ${condition?.status}: ${condition?.reason}, ${condition?.message}`);
        return now.status;
      },
      { timeout, interval: 200 },
    );
  }

  async deployment(): Promise<Deployment> {
    return parse(await this.kubectl('get', 'deploy', `${this.name}-midreg`, '-o', 'json'));
  }

  /** The names of its pods that are not ending. */
  async pods(): Promise<readonly string[]> {
    const label = `midregistrar.dev/midregistrar=${this.name}`;
    const { items } = parse(await this.kubectl('get', 'pods', '-l', label, '-o', 'json'));
    return items
      .filter(
        (pod: { metadata: { deletionTimestamp?: string } }) => pod.metadata.deletionTimestamp === undefined,
      )
      .map((pod: { metadata: { name: string } }) => pod.metadata.name);
  }

  /** What the proxy itself says of its bindings. */
  bindings(): Promise<string> {
    return this.kubectl('exec', `deploy/${this.name}-midreg`, '--', '/usr/bin/midreg', 'bindings');
  }
}

/** Where phones send to, as the status says. */
export const proxyOf = ({ address }: FrontStatus): { readonly address: string; readonly port: number } => {
  const colon = address.lastIndexOf(':');
  return { address: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
};
