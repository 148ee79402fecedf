import { execFile } from 'node:child_process';
import { programPath } from './kit.ts';

const TIMEOUT_MS = 180_000;
const OUTPUT_BYTES = 64 << 20;

/** The commands that people use, on one cluster. */
export interface KubeClient {
  /** Runs kubectl to its end; returns its stdout. Rejects with its words when it fails. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Runs helm likewise. */
  helm(args: readonly string[], stdin?: string): Promise<string>;
}

/** `directory`: where they keep what they remember of the cluster. */
export function client(kubeconfig: string, directory: string): KubeClient {
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: `${directory}/kubectl`,
    HELM_CACHE_HOME: `${directory}/helm/cache`,
    HELM_CONFIG_HOME: `${directory}/helm/config`,
    HELM_DATA_HOME: `${directory}/helm/data`,
  };
  const runner =
    (name: string) =>
    (args: readonly string[], stdin = ''): Promise<string> =>
      new Promise((resolve, reject) => {
        const options = { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES, env };
        const child = execFile(programPath(name), [...args], options, (error, stdout, stderr) => {
          if (error === null) return resolve(stdout);
          const how = error.killed ? 'took too long' : 'failed';
          reject(new Error(`${name} ${args.join(' ')}: ${how}\n${stdout}${stderr}`));
        });
        child.stdin?.on('error', () => {}); // it may end without having read it
        child.stdin?.end(stdin);
      });
  return { kubectl: runner('kubectl'), helm: runner('helm') };
}
