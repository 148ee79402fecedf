import type { Flow } from '../wire/flow.ts';
import { isFarBeyond, isWithin, type Pace, paceOf, spend } from './allowance.ts';
import { type Ban, type BanNews, Bans } from './bans.ts';
import { type Attempt, type FailureLimit, Failures } from './failures.ts';
import { Overload, type OverloadPolicy } from './overload.ts';
import type { BanReason, KnownFlow, Source } from './source.ts';
import { sourceKey } from './source-key.ts';
import { Sources } from './sources.ts';
import { UnderWay } from './under-way.ts';

/** The bounds of `spec.security.rateLimit`. */
export interface RateLimit {
  readonly perSourcePerSecond: number;
  readonly burstPerSource: number;
  readonly bannedMs: number;
}

/**
 * What is to be done with something that has come: `known` is from a registered phone, the PBX or a trusted source;
 * `unknown` is from anybody else and within its allowance; the others are dropped, and are the names of their counts.
 */
export type Judgement = 'known' | 'unknown' | 'rate_limited' | 'banned';

export interface GuardParts {
  readonly limits: RateLimit;
  readonly failureLimit: FailureLimit;
  readonly overload: OverloadPolicy;
  /** Whether no bound holds for an address: the PBX's, and those of `security.trustedSources`. */
  readonly isExempt: (address: string) => boolean;
  /** Told of each ban that begins or ends. */
  readonly tell: (news: BanNews, ban: Ban) => void;
  /** Of how many sources it is remembered what they have sent, where nothing else is known of them; twice as many are held at most. */
  readonly strangers?: number;
}

const STRANGERS = 32_768;

/**
 * No amplifier: answers to a UDP source that has not shown that it reads them are in bytes at most so many times what came
 * from its address, which anybody can write on a datagram; and what has not been used of it is not saved up without end.
 */
const ANSWER_FACTOR = 2;
/** A call is set up by more than its caller sends before its ACK; with this much beside, those that nobody has to log in for come about. */
const CALL_FACTOR = 4;
const MOST_CREDIT = 1 << 20;

/** What a message that can't be read, or an answer that nobody waits for, costs of an allowance beside itself. */
const GARBAGE = 9;

/**
 * The doorkeeper: who may send how much, who is banned, and who is known. It is asked before anything is read, and told
 * what came of it. What it holds is bounded, whatever comes.
 */
export class Guard {
  #limits: RateLimit;
  #pace: Pace;
  #version = 0;
  #paceVersion = 0;
  readonly #isExempt: (address: string) => boolean;
  readonly #sources: Sources;
  readonly #bans: Bans;
  /** Who guesses passwords. */
  readonly failures: Failures;
  /** Whether more comes than can be worked off. */
  readonly overload: Overload;
  /** What unknown senders wait for. */
  readonly underWay = new UnderWay();

  constructor({ limits, failureLimit, overload, isExempt, tell, strangers = STRANGERS }: GuardParts) {
    this.#sources = new Sources(strangers, (source, now) => source.flowCount > 0 || isBanned(source, now));
    this.#limits = limits;
    this.#pace = pace(limits);
    this.#isExempt = isExempt;
    this.failures = new Failures(failureLimit);
    this.overload = new Overload(overload);
    this.#bans = new Bans(tell);
  }

  /** Changed bounds; bans in force stay. What was spent by other ones says nothing now, so that all allowances begin anew. */
  limit(limits: RateLimit): void {
    const before = this.#pace;
    this.#limits = limits;
    this.#pace = pace(limits);
    if (this.#pace.interval !== before.interval || this.#pace.ahead !== before.ahead) this.#paceVersion++;
  }

  /** `isExempt` may say otherwise from now on. */
  reclassify(): void {
    this.#version++;
  }

  /** Sources that are known, and bans in force. */
  get held(): { readonly sources: number; readonly bans: number } {
    return { sources: this.#sources.size, bans: this.#bans.size };
  }

  /** Judges one message of so many bytes by where it came from (`port` is a `portKey`), and takes it off an allowance. */
  judge(address: string, port: number, bytes: number, now: number): Judgement {
    const source = this.#source(address);
    if (source.isExempt) return 'known';
    const flow = source.flow(port);
    const judgement =
      flow !== undefined && flow.registeredUntil > now
        ? this.#judgeFlow(flow, now)
        : this.#judgeStranger(address, source, now);
    if (judgement === 'known' || judgement === 'unknown')
      source.credit = Math.min(source.credit + bytes * ANSWER_FACTOR, MOST_CREDIT);
    return judgement;
  }

  /** A registered phone is held to its own allowance, and never banned: what it sends beyond is dropped. */
  #judgeFlow(flow: KnownFlow, now: number): Judgement {
    const spent = spend(flow.earnedAt, 1, now, this.#pace);
    if (!isWithin(spent, now, this.#pace)) return 'rate_limited';
    flow.earnedAt = spent;
    return 'known';
  }

  #judgeStranger(address: string, source: Source, now: number): Judgement {
    if (isBanned(source, now)) {
      (source.ban as Ban).dropped++;
      return 'banned';
    }
    const spent = spend(source.earnedAt, 1, now, this.#pace);
    source.earnedAt = spent;
    if (isWithin(spent, now, this.#pace)) return 'unknown';
    // What is dropped is paid for too, or nobody would ever be far beyond.
    if (isFarBeyond(spent, now, this.#pace)) this.#ban(address, source, 'flood', now);
    return 'rate_limited';
  }

  #source(address: string): Source {
    const source = this.#sources.open(address);
    if (source.version !== this.#version) {
      source.version = this.#version;
      source.isExempt = this.#isExempt(address);
    }
    if (source.paceVersion !== this.#paceVersion) source.beginAnew(this.#paceVersion);
    return source;
  }

  /** What came over a flow could not be read, or was an answer that nobody waits for. */
  garbage(flow: Flow, now: number): void {
    const source = this.#source(flow.address);
    if (source.isExempt) return;
    const known = source.flow(portKey(flow));
    if (known !== undefined && known.registeredUntil > now) {
      known.earnedAt = spend(known.earnedAt, GARBAGE, now, this.#pace);
      return;
    }
    source.earnedAt = spend(source.earnedAt, GARBAGE, now, this.#pace);
    if (isFarBeyond(source.earnedAt, now, this.#pace)) this.#ban(flow.address, source, 'garbage', now);
  }

  #ban(address: string, source: Source, reason: BanReason, now: number): void {
    if (isBanned(source, now)) return;
    const ban = this.#bans.begin(sourceKey(address), source.ban, reason, this.#limits.bannedMs, now);
    // Its allowance begins anew, but with nothing in it, once the ban is over.
    source.earnedAt = (ban?.until ?? now) + this.#pace.ahead;
    if (ban === undefined) return;
    source.ban = ban;
    this.#sources.keep(address, source, now);
  }

  /** The PBX holds a registration over the flow, until then. */
  register(flow: Flow, until: number, now: number): void {
    const source = this.#source(flow.address);
    source.open(portKey(flow), now).registeredUntil = until;
    this.#sources.keep(flow.address, source, now);
  }

  /** The sender at the flow has shown something that only who reads what we send there can know. */
  verify(flow: Flow, now: number): void {
    if (flow.transport !== 'UDP') return;
    this.#source(flow.address).open(flow.port, now).verifiedUntil = now + VERIFIED_MS;
  }

  /** A challenge with that nonce goes to the flow: whoever answers it has read it. */
  challenge(flow: Flow, nonce: string): void {
    if (flow.transport === 'UDP') this.#source(flow.address).challenge(hashOf(nonce));
  }

  /** Credentials with that nonce have come over the flow; whether they are right is for others to say. */
  answersChallenge(flow: Flow, nonce: string, now: number): void {
    if (this.#sources.find(flow.address)?.takeChallenge(hashOf(nonce)) === true) this.verify(flow, now);
  }

  /** A call has come by a message of so many bytes. */
  call(flow: Flow, bytes: number): void {
    const source = this.#source(flow.address);
    source.callCredit = Math.min(source.callCredit + bytes * CALL_FACTOR, MOST_CREDIT);
  }

  /** Whether an answer of so many bytes may go over a flow, and it is counted if so; `isCall`: it sets a call up. */
  answers({ transport, address, port }: Flow, bytes: number, isCall: boolean, now: number): boolean {
    if (transport !== 'UDP') return true;
    const source = this.#source(address);
    if (bytes <= source.credit) source.credit -= bytes;
    else if (!isReader(source, port, now)) {
      if (!isCall || bytes > source.callCredit) return false;
      source.callCredit -= bytes;
    }
    return true;
  }

  /** Whether an answer of so many bytes may go over a flow. */
  mayAnswer({ transport, address, port }: Flow, bytes: number, now: number): boolean {
    if (transport !== 'UDP') return true;
    const source = this.#source(address);
    return bytes <= source.credit || isReader(source, port, now);
  }

  /** Whether a phone is registered over the flow, or none of its bounds hold for it. */
  isKnown(flow: Flow, now: number): boolean {
    const source = this.#source(flow.address);
    return source.isExempt || (source.flow(portKey(flow))?.registeredUntil ?? 0) > now;
  }

  /** Credentials of a user that come over a flow; undefined where no bound holds for it. */
  attempt(aor: string, { address }: Flow, now: number): Attempt | undefined {
    const source = this.#source(address);
    if (source.isExempt) return undefined;
    return { aor, source: sourceKey(address), isHome: source.isHome(now) };
  }

  /** Whether an address is banned; a phone that is registered from there may still come in. */
  isBanned(address: string, now: number): boolean {
    const source = this.#sources.find(address);
    return source !== undefined && isBanned(source, now);
  }

  /** The bans in force. */
  get bans(): readonly Ban[] {
    return this.#bans.all;
  }

  /** Ends the ban of the source that an address belongs to; false where there is none. */
  release(address: string, now: number): boolean {
    const source = this.#sources.find(address);
    if (!this.#bans.release(sourceKey(address), now)) return false;
    if (source !== undefined) source.earnedAt = now;
    return true;
  }

  /** Ends the bans whose time is over. */
  sweep(now: number): void {
    this.#bans.sweep(now);
  }
}

const pace = ({ perSourcePerSecond, burstPerSource }: RateLimit): Pace =>
  paceOf({ perSecond: perSourcePerSecond, burst: burstPerSource });

/** How long a flow counts as verified: no longer than a NAT is sure to keep it for who talks through it. */
const VERIFIED_MS = 600_000;

/** Whether somebody is known to read what is sent there. */
function isReader(source: Source, port: number, now: number): boolean {
  if (source.isExempt) return true;
  const flow = source.flow(port);
  return flow !== undefined && (flow.registeredUntil > now || flow.verifiedUntil > now);
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

const isBanned = ({ ban }: Source, now: number): boolean => ban !== undefined && ban.until > now;

/** A stream's port is another than the same one for datagrams, whose senders may lie. */
const STREAM = 65_536;
export const portKey = ({ transport, port }: Flow): number => (transport === 'UDP' ? port : port + STREAM);
