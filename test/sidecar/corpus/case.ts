/** What becomes of a message that a phone sends to this proxy, or a PBX in answer to it. */
export type Verdict =
  /** To the PBX, with no line changed but those that a proxy must; `contacts`: what the phone is told that it has registered. */
  | { readonly kind: 'forwarded'; readonly contacts?: readonly string[] }
  /** A MESSAGE to a registered phone, likewise. */
  | { readonly kind: 'delivered' }
  /** Answered here, with a header line that must be in the answer. */
  | { readonly kind: 'refused'; readonly status: number; readonly line?: string }
  /** Answered here since it asks ourselves. */
  | { readonly kind: 'served' }
  /** Neither forwarded nor answered, and counted so. */
  | { readonly kind: 'dropped'; readonly as: string }
  /** A response: goes back to the phone byte for byte. */
  | { readonly kind: 'returned' }
  /** A response that ends here (100). */
  | { readonly kind: 'absorbed' };

/** What a stream makes of the bytes, where that is not one message of all of them. */
export interface Cut {
  /** How many whole messages there are, and the header lines of one more before a fault of Content-Length. */
  readonly messages: number;
  /** Why the connection is closed after them. */
  readonly fault?: string;
}

/** One file of a corpus. */
export interface Case {
  /** Of the file, without `.sip`. */
  readonly name: string;
  readonly section: string;
  readonly about: string;
  readonly verdict: Verdict;
  /** The RFC's words on it, in brief, where it has a word on this very message. */
  readonly says?: string;
  /** Why so, where the RFC leaves it open or we differ. */
  readonly why?: string;
  readonly stream?: Cut;
  /** How many Route lines on top lead here, and so are taken off (§16.4). */
  readonly pops?: number;
}
