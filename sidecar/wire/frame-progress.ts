/** RFC 6455 §5.2: operation codes from here on are control frames, which may stand between the parts of a message. */
const FIRST_CONTROL = 8;

/**
 * Follows a peer's WebSocket frames (RFC 6455 §5.2) by their headers alone, to tell whether a message has begun and not ended.
 * What the frames hold, and whether they are lawful, is for others to say.
 */
export class FrameProgress {
  /** The header that is being gathered: 2 bytes, up to 8 more of length, 4 of the mask. */
  readonly #header = new Uint8Array(14);
  #gathered = 0;
  #payloadLeft = 0;
  /** A fragment has come that is not the last. */
  #isOpen = false;

  /** Whether a part of a message or of a frame has come, and the rest has not. */
  get isPartial(): boolean {
    return this.#isOpen || this.#gathered > 0 || this.#payloadLeft > 0;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= taken;
        at += taken;
      } else {
        this.#header[this.#gathered++] = chunk[at++] as number;
        if (this.#gathered >= 2 && this.#gathered === this.#headerLength()) this.#begin();
      }
    }
  }

  #headerLength(): number {
    const second = this.#header[1] as number;
    const length = second & 0x7f;
    const extended = length === 126 ? 2 : length === 127 ? 8 : 0;
    return 2 + extended + (second >= 0x80 ? 4 : 0);
  }

  #begin(): void {
    const [first = 0, second = 0] = this.#header;
    const length = second & 0x7f;
    const view = new DataView(this.#header.buffer);
    // Beyond 2^53 it is no whole number any more, nor is such a frame ever read.
    this.#payloadLeft =
      length === 126 ? view.getUint16(2) : length === 127 ? Number(view.getBigUint64(2)) : length;
    if ((first & 0x0f) < FIRST_CONTROL) this.#isOpen = first < 0x80;
    this.#gathered = 0;
  }
}
