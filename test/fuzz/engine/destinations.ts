import type { Flow } from '../../../sidecar/wire/flow.ts';
import { must } from '../target.ts';
import { KNOWN_ADDRESSES, NAMED_HOST, PBX_SOURCE } from './variants.ts';

const PBX_ADDRESSES: ReadonlySet<string> = new Set([...KNOWN_ADDRESSES, PBX_SOURCE]);
const LITERALS = /\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*::[0-9a-fA-F:.]*/g;

/** Where something may be sent: to who has spoken, to the PBX, and to the places that the PBX itself has named. */
export class Destinations {
  readonly #allowed = new Set(KNOWN_ADDRESSES);

  hears(flow: Flow, ownWords: string): void {
    this.#allowed.add(flow.address);
    if (!PBX_ADDRESSES.has(flow.address)) return;
    for (const [address] of ownWords.matchAll(LITERALS)) this.#allowed.add(address.toLowerCase());
    if (ownWords.includes(NAMED_HOST.name)) this.#allowed.add(NAMED_HOST.address);
  }

  mustKnow({ address }: Flow): void {
    must(this.#allowed.has(address), `something is sent to a place that nobody has named: ${address}`);
  }
}
