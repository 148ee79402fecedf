/**
 * What nobody's honest message goes beyond. Each value is read several times on a message's way, so that without these one
 * datagram that is nothing but parameters, quotes or commas would cost as much as a hundred others.
 */

/** Header lines, those that are folded onto another among them. */
export const MOST_LINES = 256;

/** Values of one list field, over all its lines. §20.22: a message passes no more hops; and no AoR has as many contacts. */
export const MOST_VALUES = 256;

/** In bytes, of a value that is read here. */
export const LONGEST_VALUE = 4_096;

/** In bytes; §21.4.15: beyond it a Request-URI is too long. */
export const LONGEST_URI = 4_096;
