import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ClusterFacts } from './cluster.ts';

/** The cluster that all files of a run use. */
export interface SharedFacts extends ClusterFacts {
  /** Our own image, which the node has; pods take it with `imagePullPolicy: IfNotPresent`. */
  readonly image: string;
}

type Answer = { readonly facts: SharedFacts } | { readonly fault: string };

/** Tells whoever connects what `start` gives; it is called for the first of them. Returns how to end that. */
export async function tellFacts(
  path: string,
  start: () => Promise<SharedFacts>,
): Promise<() => Promise<void>> {
  let answer: Promise<Answer> | undefined;
  const ask = (): Promise<Answer> =>
    start().then(
      (facts) => ({ facts }),
      (error: Error) => ({ fault: error.message }),
    );
  const server = createServer(async (socket) => {
    socket.on('error', () => {}); // who asked has gone
    answer ??= ask();
    socket.end(JSON.stringify(await answer));
  }).listen(path);
  await once(server, 'listening');
  return async () => {
    server.close();
    await answer;
  };
}

/** Asks for them; rejects with why they cannot be had. */
export const askFacts = async (path: string): Promise<SharedFacts> => {
  const answer = JSON.parse(await text(createConnection(path))) as Answer;
  if ('fault' in answer) throw new Error(answer.fault);
  return answer.facts;
};
