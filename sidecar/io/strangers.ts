/** What may wait in all; beyond it newcomers are dropped, who send again if they are honest. */
const MOST_WAITING = 2048;

/** How long they are served in each turn of the event loop, in ms: when all is calm, and when there is more to do than can be done. What the kernel can hold meanwhile is often less than 500 datagrams. */
const CALM_MS = 3;
const BUSY_MS = 0.5;

/** How many are taken before the time is looked at. */
const AT_ONCE = 8;

/**
 * Where those wait whom nobody knows: what phones that are registered and the PBX have sent is worked off as it is read, and so all
 * that the kernel holds is read first; then strangers have their turn, for a bounded time. However many they are, they cost
 * others no more than that and being read.
 */
export class Strangers {
  readonly #isBusy: () => boolean;
  #items: (() => void)[] = [];
  #at = 0;
  #turn: NodeJS.Immediate | undefined;

  /** `isBusy`: whether there is more to do than can be done. */
  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
  }

  /** What is to be done when it is its turn, which must not throw; false where there is no room. */
  put(serve: () => void): boolean {
    if (this.#items.length - this.#at >= MOST_WAITING) return false;
    this.#items.push(serve);
    this.#turn ??= setImmediate(this.#serve);
    return true;
  }

  readonly #serve = (): void => {
    const until = performance.now() + (this.#isBusy() ? BUSY_MS : CALM_MS);
    do {
      const end = Math.min(this.#at + AT_ONCE, this.#items.length);
      while (this.#at < end) (this.#items[this.#at++] as () => void)();
    } while (this.#at < this.#items.length && performance.now() < until);
    this.#items = this.#items.slice(this.#at);
    this.#at = 0;
    this.#turn = this.#items.length > 0 ? setImmediate(this.#serve) : undefined;
  };

  /** Forgets who waits. */
  close(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#items = [];
    this.#at = 0;
  }
}
