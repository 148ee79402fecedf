/**
 * Text of the wire holds one byte a char. People and JSON want characters: what is UTF-8 becomes what it means,
 * anything else stays as it is.
 */
export function readable(wireText: string): string {
  if (!hasHighByte(wireText)) return wireText;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(wireText, 'latin1'));
  } catch {
    return wireText;
  }
}

/** The way back: what a person has typed, as it would have come over the wire. */
export const wireText = (typed: string): string => Buffer.from(typed, 'utf8').toString('latin1');

function hasHighByte(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return true;
  return false;
}
