import { randomBytes } from 'node:crypto';

/** What is sent is of this size; nothing in it can be guessed. */
const BYTES = 16;

/** Seldom enough that an idle process stays idle. */
const EVERY_MS = 200;

/** Longer than any queue: what has not come by then was dropped, for the queue was full. */
const LOST_MS = 1000;

/**
 * How long what arrives at a UDP socket waits there before it is read: a datagram of our own is sent to it, and waits as
 * those of phones do. That is where an overload shows first, and nothing else in a process can see it.
 */
export class QueueProbe {
  #content = '';
  readonly #send: (text: string) => void;
  #sentAt = Number.NEGATIVE_INFINITY;
  #isUnderWay = false;
  #last = 0;
  /** One has come back: what does not come from now on is lost, and not kept from us by a firewall. */
  #works = false;

  /** `send` takes text of one byte a character. */
  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** How long the last one has waited, or waits already, in ms; and sends the next one when it is time. `now` in ms, from any origin. */
  look(now: number): number {
    const age = now - this.#sentAt;
    const delay = this.#isUnderWay ? Math.max(this.#last, Math.min(age, LOST_MS)) : this.#last;
    if (age > (this.#isUnderWay ? LOST_MS : EVERY_MS)) this.#ask(now);
    return this.#works ? delay : 0;
  }

  #ask(now: number): void {
    this.#sentAt = now;
    this.#isUnderWay = true;
    // One that was late is not to be taken for the next.
    this.#content = randomBytes(BYTES).toString('latin1');
    this.#send(this.#content);
  }

  /** Whether it is what was sent; asked of what comes from the socket's own port. */
  hears(text: string, now: number): boolean {
    if (!this.#isUnderWay || text !== this.#content) return false;
    this.#last = now - this.#sentAt;
    this.#isUnderWay = false;
    this.#works = true;
    return true;
  }
}
