import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Stage } from '../peers/stage.ts';

/** A way to a server that can fall silent, as a cable does that is pulled: nobody is told. */
export class Relay {
  readonly #pairs = new Set<readonly [near: Socket, far: Socket]>();
  readonly #server = createServer();
  /** Whether connections are taken from now on, and nothing more. */
  deaf = false;

  static async start(stage: Stage, to: number): Promise<Relay> {
    const relay = new Relay();
    relay.#server.on('connection', (near) => relay.#join(near, connect(to, '127.0.0.1')));
    await once(relay.#server.listen(0, '127.0.0.1'), 'listening');
    stage.onClose(() => relay.#close());
    return relay;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on nothing passes over the connections that there are; new ones are not affected. */
  fallSilent(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far).resume();
      far.unpipe(near).resume();
    }
  }

  #join(near: Socket, far: Socket): void {
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.on('error', end).on('close', end);
    far.on('error', end).on('close', end);
    if (this.deaf) return;
    near.pipe(far);
    far.pipe(near);
  }

  #close(): void {
    this.#server.close();
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }
}
