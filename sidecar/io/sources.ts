import { BlockList, isIP } from 'node:net';
import type { Guard, Judgement } from '../guard/guard.ts';
import type { Flow } from '../wire/flow.ts';

/** How many verdicts are kept; a flood from ever new addresses only makes it forget. */
const REMEMBERED = 10_000;

const MAPPED = '::ffff:';

/** An address as the rest of the program writes it: an IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) as plain IPv4. */
export function plainAddress(address: string): string {
  if (address.length < 14 || !address.startsWith(MAPPED)) return address;
  const plain = address.slice(MAPPED.length);
  return plain.includes('.') ? plain : address;
}

/** Networks, asked again and again for the same few addresses. */
export class Networks {
  #list: BlockList | undefined;
  readonly #verdicts = new Map<string, boolean>();

  /** `networks` are CIDRs or addresses, already validated. */
  constructor(networks: readonly string[]) {
    this.update(networks);
  }

  update(networks: readonly string[]): void {
    this.#list = networks.length === 0 ? undefined : blockList(networks);
    this.#verdicts.clear();
  }

  /** Whether an address lies in one of them; never where there are none. */
  readonly include = (address: string): boolean => {
    if (this.#list === undefined) return false;
    const known = this.#verdicts.get(address);
    if (known !== undefined) return known;
    if (this.#verdicts.size >= REMEMBERED) this.#verdicts.clear();
    const verdict = holds(this.#list, address);
    this.#verdicts.set(address, verdict);
    return verdict;
  };
}

/** What becomes of a message by where it came from: as the guard says, or it is from who may not speak to us at all. */
export type Verdict = Judgement | 'source_not_allowed';

export const isLetIn = (verdict: Verdict): verdict is 'known' | 'unknown' =>
  verdict === 'known' || verdict === 'unknown';

/** Who may speak to us at all: the networks of the resource, and the PBX: its endpoints, wherever their names lead, and its other sources. */
export class AllowedSources {
  /** Who says how much each of them may; undefined where nobody does. */
  guard: Guard | undefined = undefined;
  readonly #pbx: Networks | undefined;
  #networks: BlockList | undefined;
  readonly #trusted = new Map<string, readonly string[]>();
  readonly #verdicts = new Map<string, boolean>();

  /** `networks` are CIDRs or addresses, already validated; none means that everybody may. */
  constructor(networks: readonly string[], pbx?: Networks) {
    this.#pbx = pbx;
    this.update(networks);
  }

  update(networks: readonly string[]): void {
    this.#networks = networks.length === 0 ? undefined : blockList(networks);
    this.#forget();
  }

  #forget(): void {
    this.#verdicts.clear();
    this.guard?.reclassify();
  }

  /** The addresses of one upstream endpoint, which are allowed beside the networks; none to forget it. */
  trust(endpoint: string, addresses: readonly string[]): void {
    if (addresses.length === 0) this.#trusted.delete(endpoint);
    else this.#trusted.set(endpoint, addresses);
    this.#forget();
  }

  /** Judges a message, not yet read, of so many bytes; `port` is a `portKey`. */
  judge(address: string, port: number, bytes: number, now: number): Verdict {
    if (!this.allows(address)) return 'source_not_allowed';
    return this.guard === undefined ? 'known' : this.guard.judge(address, port, bytes, now);
  }

  /** A stranger's datagram was nothing at all. */
  garbage(address: string, port: number, now: number): void {
    this.guard?.garbage({ transport: 'UDP', listener: '', address, port, connection: 0 }, now);
  }

  /** Whether there is more to do than can be done. */
  get isBusy(): boolean {
    return this.guard !== undefined && this.guard.overload.level > 0;
  }

  /** Whether an answer of so many bytes may go over a flow; it is counted if so. */
  answers(flow: Flow, bytes: number, now: number): boolean {
    return this.guard === undefined || this.guard.answers(flow, bytes, false, now);
  }

  /** Why no connection may be opened from an address; undefined where it may. */
  refusal(address: string, now: number): 'source_not_allowed' | 'banned' | undefined {
    if (!this.allows(address)) return 'source_not_allowed';
    return this.guard?.isBanned(address, now) ? 'banned' : undefined;
  }

  allows(address: string): boolean {
    if (this.#networks === undefined) return true;
    const known = this.#verdicts.get(address);
    if (known !== undefined) return known;
    if (this.#verdicts.size >= REMEMBERED) this.#verdicts.clear();
    const verdict = this.#judge(this.#networks, address);
    this.#verdicts.set(address, verdict);
    return verdict;
  }

  /** Whether an address is the PBX's. */
  readonly isPbx = (address: string): boolean => {
    for (const addresses of this.#trusted.values()) if (addresses.includes(address)) return true;
    return this.#pbx?.include(address) === true;
  };

  #judge(networks: BlockList, address: string): boolean {
    return this.isPbx(address) || holds(networks, address);
  }
}

function holds(list: BlockList, address: string): boolean {
  const bare = address.split('%', 1)[0] as string;
  const family = isIP(bare);
  return family !== 0 && list.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/', 2);
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
