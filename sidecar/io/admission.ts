import type { Socket } from 'node:net';
import { type AllowedSources, plainAddress } from './sources.ts';
import type { Surroundings } from './surroundings.ts';

/** How many connections peers may hold open; live. */
export interface AdmissionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerSource: number;
}

/**
 * Which of the connections that peers open are taken in. One counts from its first packet on, through all handshakes, until its
 * socket is closed.
 */
export class Admission {
  readonly #around: Pick<Surroundings, 'clock' | 'tally'>;
  readonly #sources: AllowedSources;
  readonly #limits: AdmissionLimits;
  readonly #sockets = new Set<Socket>();
  readonly #from = new Map<string, number>();

  constructor(
    around: Pick<Surroundings, 'clock' | 'tally'>,
    sources: AllowedSources,
    limits: AdmissionLimits,
  ) {
    this.#around = around;
    this.#sources = sources;
    this.#limits = limits;
  }

  get count(): number {
    return this.#sockets.size;
  }

  /** Takes it in; false where it may not come, and then it is gone. */
  admit(socket: Socket): boolean {
    socket.on('error', () => {});
    const { remoteAddress } = socket;
    const address = remoteAddress === undefined ? '' : plainAddress(remoteAddress);
    // It was reset before we came to look at it.
    const refusal = address === '' ? undefined : this.#refusal(address);
    if (refusal !== undefined) this.#around.tally.drop(refusal);
    if (refusal !== undefined || address === '') {
      socket.destroy();
      return false;
    }
    this.#sockets.add(socket);
    this.#from.set(address, (this.#from.get(address) ?? 0) + 1);
    socket.on('close', () => this.#release(socket, address));
    return true;
  }

  #refusal(address: string): string | undefined {
    const refusal = this.#sources.refusal(address, this.#around.clock());
    if (refusal !== undefined) return refusal;
    if (this.#sockets.size >= this.#limits.maxConnections) return 'too_many_connections';
    const fromThere = this.#from.get(address) ?? 0;
    return fromThere >= this.#limits.maxConnectionsPerSource ? 'too_many_connections_of_source' : undefined;
  }

  #release(socket: Socket, address: string): void {
    if (!this.#sockets.delete(socket)) return;
    const left = (this.#from.get(address) ?? 1) - 1;
    if (left === 0) this.#from.delete(address);
    else this.#from.set(address, left);
  }

  /** Ends all, also those that are still in a handshake. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
