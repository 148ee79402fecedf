import { Locator } from '../../sidecar/io/locator.ts';
import type { Spoken } from '../../sidecar/proxy/locate.ts';
import type { Destination, Located } from '../../sidecar/wire/destination.ts';
import { observed } from '../sidecar/io/support.ts';

const SPOKEN: Spoken = new Map([
  ['UDP', new Set([4, 6] as const)],
  ['TCP', new Set([4, 6] as const)],
]);

type At = { readonly address: string; readonly port: number };

/** A locator that asks these servers, with a clock that can be put forward. */
export class Asking {
  readonly around = observed();
  readonly outcomes: string[] = [];
  #ahead = 0;
  readonly locator: Locator;

  constructor(...servers: readonly At[]) {
    const { clock } = this.around;
    this.locator = new Locator(
      { ...this.around, clock: () => clock() + this.#ahead },
      SPOKEN,
      { dnsQuery: (outcome) => void this.outcomes.push(outcome) },
      servers.map(({ address, port }) => ({ host: address, port })),
    );
  }

  pass(seconds: number): void {
    this.#ahead += seconds * 1000;
  }

  /** Outcomes since the last call. */
  news(): string[] {
    return this.outcomes.splice(0);
  }

  locate(host: string, parts: Partial<Destination> = {}): Promise<Located> {
    const destination = { host, port: undefined, transport: undefined, isSecure: false, ...parts };
    return new Promise((resolve) => this.locator.locate(destination, resolve));
  }

  async addresses(host: string, parts: Partial<Destination> = { port: 5060 }): Promise<readonly string[]> {
    const { sites } = await this.locate(host, parts);
    return sites.flatMap(({ transport, port, addresses }) =>
      addresses.map((address) => `${transport} ${address}:${port}`),
    );
  }
}
