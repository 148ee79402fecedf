import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CredentialSource } from '../../../operator/kube/credentials.ts';
import { type HttpOptions, KubeHttp } from '../../../operator/kube/http.ts';
import type { Stage } from '../peers/stage.ts';
import type { FakeApiServer } from './api-server.ts';
import type { SelfSigned } from './self-signed.ts';

/** A kubeconfig on disk, whose CA and token are files that can be replaced, as those of a pod are. */
export class KubeConfigFiles {
  readonly path: string;
  readonly #directory: string;

  constructor(stage: Stage, server: string, { cert }: Pick<SelfSigned, 'cert'>, token = 'first') {
    this.#directory = stage.directory('kubeconfig');
    this.path = join(this.#directory, 'config');
    this.setAuthority(cert);
    this.setToken(token);
    this.setServer(server);
  }

  get authorityFile(): string {
    return join(this.#directory, 'ca.crt');
  }

  get tokenFile(): string {
    return join(this.#directory, 'token');
  }

  setAuthority(cert: string): void {
    writeFileSync(this.authorityFile, cert);
  }

  setToken(token: string): void {
    writeFileSync(this.tokenFile, `${token}\n`);
  }

  setServer(server: string): void {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'fake',
      clusters: [{ name: 'fake', cluster: { server, 'certificate-authority': this.authorityFile } }],
      users: [
        {
          name: 'fake',
          user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile: this.tokenFile } } },
        },
      ],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake', namespace: 'branch' } }],
    };
    writeFileSync(this.path, JSON.stringify(config));
  }
}

/** A connection to the fake API server, and what it has told of itself. */
export interface Connected {
  readonly kube: KubeHttp;
  readonly files: KubeConfigFiles;
  readonly credentials: CredentialSource;
  /** How long it has waited before attempts, in milliseconds; the waits themselves take no time. */
  readonly waits: number[];
  readonly told: string[];
  connections(): number;
  /** Lets the clock go on. */
  pass(ms: number): void;
}

export type Wish = Partial<Omit<HttpOptions, 'credentials' | 'tally' | 'clock'>> & { readonly url?: string };

export function connectTo(stage: Stage, server: FakeApiServer, { url, ...wish }: Wish = {}): Connected {
  const files = new KubeConfigFiles(stage, url ?? server.url, server.certificate);
  let now = 0;
  let connections = 0;
  const waits: number[] = [];
  const told: string[] = [];
  const clock = (): number => now;
  const credentials = new CredentialSource({ file: files.path }, clock);
  const kube = new KubeHttp({
    credentials,
    qps: 1e6,
    burst: 1e6,
    userAgent: 'midregistrar/0.0.0',
    tally: {
      requested: (code, method) => void told.push(`${method} ${code}`),
      connected: () => void connections++,
    },
    clock,
    after: (ms, call) => {
      waits.push(ms);
      const soon = setImmediate(call);
      return () => clearImmediate(soon);
    },
    ...wish,
  });
  stage.onClose(() => kube.close());
  return {
    kube,
    files,
    credentials,
    waits,
    told,
    connections: () => connections,
    pass: (ms) => {
      now += ms;
    },
  };
}
