/** An IPv4 address in dotted decimals as a number, its first byte the highest; undefined for anything else. */
export function ipv4Number(text: string): number | undefined {
  let number = 0;
  let byte = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      byte = (byte < 0 ? 0 : byte * 10) + code - 48;
      if (byte > 255) return undefined;
    } else if (code === 46 && byte >= 0 && dots < 3) {
      number = (number << 8) | byte;
      byte = -1;
      dots++;
    } else return undefined;
  }
  return dots === 3 && byte >= 0 ? ((number << 8) | byte) >>> 0 : undefined;
}

export const ipv4Text = (number: number): string =>
  `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
