/** What is known of one flow of a source: its port there, and for a stream that it is one. Times are in ms. */
export interface KnownFlow {
  readonly port: number;
  /** Until when the PBX holds a registration over it; 0 for never. */
  registeredUntil: number;
  /** Until when it counts as one from which somebody really reads what we send; 0 for never. */
  verifiedUntil: number;
  /** Its own allowance, see `spend`. */
  earnedAt: number;
}

/** A source that is banned, or was. */
export interface Ban {
  readonly source: string;
  readonly since: number;
  until: number;
  /** How many bans in a row. */
  readonly strikes: number;
  /** What was dropped meanwhile. */
  dropped: number;
  readonly reason: BanReason;
}

/** `flood`: it sent far more than it may; `garbage`: most of what it sent could not be read. */
export type BanReason = 'flood' | 'garbage';

/** Flows of one source that are known only for having answered; the first to come is the first to be forgotten. */
const MOST_VERIFIED = 64;

/** How long its flows are left alone after they were looked through. */
const SWEEP_MS = 10_000;

/** Challenges of one source that are remembered: an office of phones that start at once has some under way. */
const MOST_CHALLENGES = 32;

/** What is known of one source. It holds its first flow itself: most sources have one, and a map for each would cost more than all else. */
export class Source {
  /** By which version of the exemptions `isExempt` was found. */
  version = -1;
  isExempt = false;
  /** Of which bounds the allowances are, its own and those of its flows. */
  paceVersion = 0;
  /** The allowance of all its senders without one of their own. */
  earnedAt = 0;
  /** Bytes of answers that may still be sent to it where it has not shown that it reads them. */
  credit = 0;
  /** The same for what belongs to a call only. */
  callCredit = 0;
  #sweptAt = 0;
  #challenges: number[] | undefined = undefined;
  ban: Ban | undefined = undefined;
  #first: KnownFlow | undefined = undefined;
  #others: Map<number, KnownFlow> | undefined = undefined;

  flow(port: number): KnownFlow | undefined {
    return this.#first?.port === port ? this.#first : this.#others?.get(port);
  }

  get flowCount(): number {
    return (this.#first === undefined ? 0 : 1) + (this.#others?.size ?? 0);
  }

  /** The flow of that port, as a new one where it was not known. */
  open(port: number, now: number): KnownFlow {
    const known = this.flow(port);
    if (known !== undefined) return known;
    const flow: KnownFlow = { port, registeredUntil: 0, verifiedUntil: 0, earnedAt: 0 };
    if (this.#first === undefined) this.#first = flow;
    else {
      this.#others ??= new Map();
      if (this.#others.size >= MOST_VERIFIED) this.#makeRoom(this.#others, now);
      this.#others.set(port, flow);
    }
    return flow;
  }

  /** Forgets the first that is not registered; registrations have their bound elsewhere. */
  #makeRoom(flows: Map<number, KnownFlow>, now: number): void {
    let looked = 0;
    for (const [port, { registeredUntil }] of flows) {
      if (registeredUntil <= now) return void flows.delete(port);
      if (++looked === MOST_VERIFIED) return;
    }
  }

  /** The last challenges that were sent there and not answered, by their hash. */
  challenge(hash: number): void {
    this.#challenges ??= [];
    if (this.#challenges.push(hash) > MOST_CHALLENGES) this.#challenges.shift();
  }

  /** Whether that challenge was sent there; once. */
  takeChallenge(hash: number): boolean {
    const at = this.#challenges?.indexOf(hash) ?? -1;
    if (at < 0) return false;
    this.#challenges?.splice(at, 1);
    return true;
  }

  /** Whether somebody is registered from there. */
  isHome(now: number): boolean {
    if (this.#first !== undefined && this.#first.registeredUntil > now) return true;
    if (this.#others !== undefined)
      for (const { registeredUntil } of this.#others.values()) if (registeredUntil > now) return true;
    return false;
  }

  /** Other bounds are in force: it and its flows have all that these allow. */
  beginAnew(paceVersion: number): void {
    this.paceVersion = paceVersion;
    this.earnedAt = 0;
    if (this.#first !== undefined) this.#first.earnedAt = 0;
    if (this.#others !== undefined) for (const flow of this.#others.values()) flow.earnedAt = 0;
  }

  /** Forgets flows whose times are over; seldom enough that an office of a thousand phones costs each of them next to nothing. */
  sweep(now: number): void {
    if (this.#first !== undefined && isOver(this.#first, now)) this.#first = undefined;
    if (this.#others === undefined || now < this.#sweptAt + SWEEP_MS) return;
    this.#sweptAt = now;
    for (const [port, flow] of this.#others) if (isOver(flow, now)) this.#others.delete(port);
    if (this.#others.size === 0) this.#others = undefined;
  }
}

const isOver = ({ registeredUntil, verifiedUntil }: KnownFlow, now: number): boolean =>
  registeredUntil <= now && verifiedUntil <= now;
