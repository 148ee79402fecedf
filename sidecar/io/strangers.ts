/** What may wait in all; beyond it newcomers are dropped, who send again if they are honest. */
const MOST_WAITING = 2048;

/** How many datagrams Node reads in one turn of the event loop at most: after so many there may be more in the kernel. */
const READ_AT_ONCE = 32;

/** How many are served in a turn while there may be more to read: as it is, and when there is more to do than can be done. */
const BEHIND = 8;
const BUSY = 2;

/** And how long, in ms, where all has been read: others come meanwhile. */
const SERVED_MS = 3;

/**
 * Where those wait whom nobody knows: what phones that are registered and the PBX have sent is worked off as it is read, and so all
 * that the kernel holds is read first; strangers have their turn behind it, and a small one while there is more to read. However
 * many they are, they cost others no more than that and being read.
 */
export class Strangers {
  readonly #isBusy: () => boolean;
  #items: (() => void)[] = [];
  #at = 0;
  #heard = 0;
  #turn: NodeJS.Immediate | undefined;

  /** `isBusy`: whether there is more to do than can be done. */
  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
  }

  /** A datagram has been read, from whomever. */
  heard(): void {
    this.#heard++;
  }

  /** Nothing is left in the kernel. */
  drained(): void {
    this.#heard = 0;
  }

  /** What is to be done when it is its turn, which must not throw; false where there is no room. */
  put(serve: () => void): boolean {
    if (this.#items.length - this.#at >= MOST_WAITING) return false;
    this.#items.push(serve);
    this.#turn ??= setImmediate(this.#serve);
    return true;
  }

  readonly #serve = (): void => {
    const isBehind = this.#heard >= READ_AT_ONCE;
    this.#heard = 0;
    if (isBehind) this.#take(this.#isBusy() ? BUSY : BEHIND);
    else for (const until = performance.now() + SERVED_MS; this.#take(BEHIND) && performance.now() < until; );
    if (this.#at === this.#items.length || this.#at >= MOST_WAITING / 2) {
      this.#items = this.#items.slice(this.#at);
      this.#at = 0;
    }
    this.#turn = this.#items.length > 0 ? setImmediate(this.#serve) : undefined;
  };

  /** Serves so many; whether others are left. */
  #take(count: number): boolean {
    const end = Math.min(this.#at + count, this.#items.length);
    while (this.#at < end) (this.#items[this.#at++] as () => void)();
    return this.#at < this.#items.length;
  }

  /** Forgets who waits. */
  close(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#items = [];
    this.#at = 0;
  }
}
