import { BlockList } from 'node:net';
import type { Guard, Judgement } from '../guard/guard.ts';
import type { Flow } from '../wire/flow.ts';
import { ipv4Number } from './ipv4.ts';

/** How many verdicts are kept; a flood from ever new addresses only makes it forget. */
const REMEMBERED = 10_000;

const MAPPED = '::ffff:';

/** An address as the rest of the program writes it: an IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) as plain IPv4. */
export function plainAddress(address: string): string {
  if (address.length < 14 || !address.startsWith(MAPPED)) return address;
  const plain = address.slice(MAPPED.length);
  return plain.includes('.') ? plain : address;
}

/** An IPv4 network: the bits that count, and what they are. */
interface Ipv4Network {
  readonly mask: number;
  readonly bits: number;
}

/** Networks, asked about each message, and in a flood about ever new addresses. */
export class Networks {
  #ipv4: readonly Ipv4Network[] = [];
  #ipv6: BlockList | undefined;
  readonly #verdicts = new Map<string, boolean>();

  /** `networks` are CIDRs or addresses, already validated. */
  constructor(networks: readonly string[]) {
    this.update(networks);
  }

  update(networks: readonly string[]): void {
    this.#ipv4 = networks.flatMap((network) => ipv4Network(network) ?? []);
    const others = networks.filter((network) => network.includes(':'));
    this.#ipv6 = others.length === 0 ? undefined : blockList(others);
    this.#verdicts.clear();
  }

  /** Whether an address lies in one of them; never where there are none. */
  readonly include = (address: string): boolean => {
    if (address.includes(':')) return this.#ipv6 !== undefined && this.#includesIpv6(this.#ipv6, address);
    if (this.#ipv4.length === 0) return false;
    const number = ipv4Number(address);
    if (number === undefined) return false;
    for (const { mask, bits } of this.#ipv4) if ((number & mask) === bits) return true;
    return false;
  };

  #includesIpv6(list: BlockList, address: string): boolean {
    const known = this.#verdicts.get(address);
    if (known !== undefined) return known;
    if (this.#verdicts.size >= REMEMBERED) this.#verdicts.clear();
    const verdict = list.check(address.split('%', 1)[0] as string, 'ipv6');
    this.#verdicts.set(address, verdict);
    return verdict;
  }
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
  readonly #networks = new Networks([]);
  #isOpen = true;
  readonly #trusted = new Map<string, readonly string[]>();

  /** `networks` are CIDRs or addresses, already validated; none means that everybody may. */
  constructor(networks: readonly string[], pbx?: Networks) {
    this.#pbx = pbx;
    this.update(networks);
  }

  update(networks: readonly string[]): void {
    this.#networks.update(networks);
    this.#isOpen = networks.length === 0;
    this.guard?.reclassify();
  }

  /** The addresses of one upstream endpoint, which are allowed beside the networks; none to forget it. */
  trust(endpoint: string, addresses: readonly string[]): void {
    if (addresses.length === 0) this.#trusted.delete(endpoint);
    else this.#trusted.set(endpoint, addresses);
    this.guard?.reclassify();
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
    return this.#isOpen || this.#networks.include(address) || this.isPbx(address);
  }

  /** Whether an address is the PBX's. */
  readonly isPbx = (address: string): boolean => {
    for (const addresses of this.#trusted.values()) if (addresses.includes(address)) return true;
    return this.#pbx?.include(address) === true;
  };
}

function ipv4Network(network: string): Ipv4Network | undefined {
  const [address = '', prefix = '32'] = network.split('/', 2);
  const number = ipv4Number(address);
  if (number === undefined) return undefined;
  const mask = prefix === '0' ? 0 : -1 << (32 - Number(prefix));
  return { mask, bits: number & mask };
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = '128'] = network.split('/', 2);
    list.addSubnet(address, Number(prefix), 'ipv6');
  }
  return list;
}
