import { acceptedBinding, expiryOf, foreignBinding, grantedToAsked, type Reply } from './accepted.ts';
import type { Binding } from './binding.ts';
import { DEFAULT_SECONDS, grantedSeconds, listedSeconds } from './expiry.ts';
import type { AskedContact, RegisterIntent, RegisterPolicy } from './intent.ts';
import type { Listed, ListedLine } from './listed.ts';

/** What a 2xx leaves of an AoR's bindings. */
export interface Mirrored {
  /** The AoR's whole new set. */
  readonly bindings: readonly Binding[];
  readonly added: readonly Binding[];
  readonly refreshed: readonly Binding[];
  readonly removed: readonly Binding[];
  /** Whether the set differs from what it was. */
  readonly changed: boolean;
  /** A later REGISTER of the same phone has been taken over already: nothing is changed (§10.3 step 7). */
  readonly stale: boolean;
  /** Contacts that this REGISTER asked for and the PBX does not list. */
  readonly refused: number;
  /** Tokens of ours that no binding has any more. */
  readonly lost: number;
  /** It lists, beside the contacts registering, another live one. */
  readonly listsOthers: boolean;
}

/**
 * The heart: what the PBX's 2xx leaves of an AoR's bindings (§10.3 step 8: it lists all that it holds). `current` is
 * what the location holds, `lines` what the 2xx lists, read against it.
 */
export function mirror(
  intent: RegisterIntent,
  reply: Reply,
  lines: readonly ListedLine[],
  current: readonly Binding[],
  policy: RegisterPolicy,
): Mirrored {
  const isLive = ({ expiresAt }: Binding): boolean => expiresAt > reply.arrivedAt;
  const live = current.every(isLive) ? current : current.filter(isLive);
  const listed =
    lines.length === 1 ? (lines[0] as ListedLine).contacts : lines.flatMap(({ contacts }) => contacts);
  const listsOthers = listed.some(isAnotherLive);
  if (reply.isOvertaken || isStale(intent, live)) return staleOf(current, listsOthers);
  const change = new Change(intent, reply, live, policy);
  for (const contact of listed) change.take(contact);
  change.settle(
    intent.removesAll || isComplete(policy, reply.hasListedOthers || listsOthers),
    intent.removesAll || policy.replyContacts === 'Complete' ? NOBODY : reply.otherUpstreams,
  );
  return change.result(current, listsOthers);
}

const NOBODY: readonly string[] = [];

const isComplete = ({ replyContacts }: RegisterPolicy, listsOthers: boolean): boolean =>
  replyContacts === 'Complete' || (replyContacts === 'Auto' && listsOthers);

const isAnotherLive = ({ owner, address }: Listed): boolean =>
  owner.kind !== 'asked' && address !== undefined && listedSeconds(address.params) !== 0;

/** Whether a binding is what a contact asks for: by name, or as the PBX listed it before it came through us. */
const isOf = (binding: Binding, { token, uriText }: AskedContact): boolean =>
  binding.foreign ? binding.uri === uriText : binding.token === token;

function isStale({ contacts, removesAll, callId, cseq }: RegisterIntent, live: readonly Binding[]): boolean {
  for (const binding of live) {
    if (binding.callId !== callId || binding.cseq <= cseq || binding.foreign) continue;
    if (removesAll || contacts.some((asked) => isOf(binding, asked))) return true;
  }
  return false;
}

const staleOf = (current: readonly Binding[], listsOthers: boolean): Mirrored => ({
  bindings: current,
  added: [],
  refreshed: [],
  removed: [],
  changed: false,
  stale: true,
  refused: 0,
  lost: 0,
  listsOthers,
});

/** One AoR's bindings while a 2xx is taken over. */
class Change {
  readonly #intent: RegisterIntent;
  readonly #reply: Reply;
  readonly #live: readonly Binding[];
  readonly #policy: RegisterPolicy;
  /** Contacts and bindings of which the PBX has given its word; so few that looking through them is cheap. */
  #told: (AskedContact | Binding)[] = NONE;
  #added: Binding[] = NONE;
  #refreshed: Binding[] = NONE;
  #removed: Binding[] = NONE;
  #kept: Binding[] = NONE;
  #isAdjusted = false;
  #refused = 0;
  #lost = 0;

  constructor(intent: RegisterIntent, reply: Reply, live: readonly Binding[], policy: RegisterPolicy) {
    this.#intent = intent;
    this.#reply = reply;
    this.#live = live;
    this.#policy = policy;
  }

  take({ owner, address, uri }: Listed): void {
    if (address === undefined) return;
    switch (owner.kind) {
      case 'asked': {
        // Some list a contact twice; its first word counts.
        if (this.#told.includes(owner.asked)) return;
        return this.#takeAsked(owner.asked, grantedToAsked(owner.asked, address, this.#reply.response));
      }
      case 'held': {
        if (this.#told.includes(owner.binding)) return;
        return this.#takeHeld(owner.binding, listedSeconds(address.params));
      }
      case 'lost':
        this.#lost++;
        return;
      case 'other': {
        // There is no room for more of them in any case.
        if (this.#added.length >= this.#policy.maxContactsPerAor) return;
        if (uri === undefined || this.#policy.foreignContacts === 'Ignore') return;
        const granted = grantedSeconds(address.params, this.#reply.response, DEFAULT_SECONDS);
        if (granted === 0) return;
        const { upstream, arrivedAt } = this.#reply;
        const expiresAt = expiryOf(granted, this.#reply, this.#policy);
        this.#added = appended(
          this.#added,
          foreignBinding(this.#intent.aor, address, upstream, arrivedAt, expiresAt),
        );
      }
    }
  }

  #takeAsked(asked: AskedContact, granted: number): void {
    this.#told = appended(this.#told, asked);
    const held = this.#live.find((binding) => isOf(binding, asked));
    if (held !== undefined) {
      this.#told = appended(this.#told, held);
      if (granted === 0) this.#removed = appended(this.#removed, held);
    }
    if (granted === 0) return;
    const { upstream, arrivedAt } = this.#reply;
    const expiresAt = expiryOf(granted, this.#reply, this.#policy);
    const binding = acceptedBinding(asked, this.#intent, held, upstream, arrivedAt, expiresAt);
    if (held === undefined) this.#added = appended(this.#added, binding);
    else this.#refreshed = appended(this.#refreshed, binding);
  }

  /** The PBX's word on a contact of another REGISTER; without an expiry it only says that it is there. */
  #takeHeld(held: Binding, granted: number | undefined): void {
    this.#told = appended(this.#told, held);
    if (granted === undefined || this.#isYounger(held)) {
      this.#kept = appended(this.#kept, held);
    } else if (granted === 0) {
      this.#removed = appended(this.#removed, held);
    } else {
      this.#isAdjusted = true;
      this.#kept = appended(this.#kept, { ...held, expiresAt: expiryOf(granted, this.#reply, this.#policy) });
    }
  }

  /** Accepted since this REGISTER came: the PBX may have answered this one before it knew of that. */
  #isYounger(held: Binding): boolean {
    return held.acceptedAt >= this.#intent.receivedAt;
  }

  /** What becomes of all that the PBX did not list. What one of `others` has accepted, this one need not know of. */
  settle(isComplete: boolean, others: readonly string[]): void {
    for (const asked of this.#intent.contacts) {
      if (asked.expiresSeconds > 0 && !this.#told.includes(asked) && !this.#isNamedTwice(asked))
        this.#refused++;
    }
    for (const held of this.#live) {
      if (this.#told.includes(held)) continue;
      const isMissing = isComplete && !others.includes(held.upstream);
      const isGone = isMissing || this.#intent.contacts.some((asked) => isOf(held, asked));
      if (isGone && !this.#isYounger(held)) this.#removed = appended(this.#removed, held);
      else this.#kept = appended(this.#kept, held);
    }
  }

  /** Flexisip's tests know phones that name a contact twice in one REGISTER: to leave and to stay. */
  #isNamedTwice({ token }: AskedContact): boolean {
    for (const told of this.#told) if (told.token === token) return true;
    return false;
  }

  result(current: readonly Binding[], listsOthers: boolean): Mirrored {
    const added = this.#withinBounds();
    const bindings = joined(this.#kept, this.#refreshed, added);
    const isSame = bindings.length === current.length && this.#kept.length === current.length;
    return {
      bindings,
      added,
      refreshed: this.#refreshed,
      removed: this.#removed,
      changed: !isSame || this.#isAdjusted,
      stale: false,
      refused: this.#refused,
      lost: this.#lost,
      listsOthers,
    };
  }

  /** What the PBX has accepted of our phones is kept in any case; of foreign contacts only so many as there is room for. */
  #withinBounds(): Binding[] {
    if (this.#added.length === 0) return this.#added;
    let room = this.#policy.maxContactsPerAor - this.#kept.length - this.#refreshed.length;
    for (const { foreign } of this.#added) if (!foreign) room--;
    return this.#added.filter(({ foreign }) => !foreign || room-- > 0);
  }
}

/** Shared by all that are empty, never pushed to. */
const NONE: never[] = [];

/** Mostly there is one: a literal of one is a quarter the size of what `push` makes. */
function appended<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}

/** All of these; mostly all but one are empty. */
function joined(...lists: (readonly Binding[])[]): readonly Binding[] {
  const filled = lists.filter(({ length }) => length > 0);
  return filled.length === 1 ? (filled[0] as readonly Binding[]) : filled.flat();
}
