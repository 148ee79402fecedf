/** The far side of `hand-over.ts`: gives back what it gets. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', (messages: unknown) => parentPort?.postMessage(messages));
