/**
 * Text of the wire holds one byte a char. People and JSON want characters: what is UTF-8 becomes what it means,
 * anything else stays as it is, as does what is no text of the wire.
 */
export function readable(wireText: string): string {
  if (!isBytes(wireText)) return wireText;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(wireText, 'latin1'));
  } catch {
    return wireText;
  }
}

/** The way back: what a person has typed, as it would have come over the wire. */
export const wireText = (typed: string): string => Buffer.from(typed, 'utf8').toString('latin1');

/** Whether it is bytes, one a char, of which one at least is not ASCII. */
function isBytes(text: string): boolean {
  let highest = 0;
  for (let i = 0; i < text.length; i++) highest = Math.max(highest, text.charCodeAt(i));
  return highest > 127 && highest < 256;
}
