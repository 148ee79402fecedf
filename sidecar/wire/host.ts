/** What a host in a URI or Via is: a DNS name, or an IP literal (here without brackets). */
export type HostKind = 'name' | 'ip4' | 'ip6';

/** Most names look like this, and are short enough for every bound (§25.1 hostname). */
const PLAIN_NAME = /^(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*$/;

/** Tells the kind of a host by its text (an IPv6 literal in its brackets); undefined where it is no host (§25.1). */
export function hostKind(text: string): HostKind | undefined {
  if (text.charCodeAt(0) === 91) return text.endsWith(']') && isIp6(text.slice(1, -1)) ? 'ip6' : undefined;
  // An IPv4 address starts with a digit, nearly no name does.
  if (!isDigit(text.charCodeAt(0)) && text.length < 64 && PLAIN_NAME.test(text)) return 'name';
  let numeric = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const digit = isDigit(code);
    const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
    // An underscore is no host name by the RFC, but names on many a local network have one.
    if (!digit && !letter && code !== 46 && code !== 45 && code !== 95) return undefined;
    if (!digit && code !== 46) numeric = false;
  }
  if (numeric) return isIp4(text) ? 'ip4' : undefined;
  return isName(text) ? 'name' : undefined;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Labels of 1 to 63 characters, 253 in all; one dot may end it. */
function isName(text: string): boolean {
  if (text.length > 254) return false;
  const labels = (text.endsWith('.') ? text.slice(0, -1) : text).split('.');
  return labels.every((label) => label.length > 0 && label.length <= 63);
}

function isIp4(text: string): boolean {
  let numbers = 0;
  let number = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46;
    if (code === 46) {
      if (number < 0) return false;
      numbers++;
      number = -1;
    } else {
      number = Math.max(number, 0) * 10 + code - 48;
      if (!(code >= 48 && code <= 57) || number > 255) return false;
    }
  }
  return numbers === 4;
}

/** Eight groups of hex digits, the last two perhaps as IPv4; '::' once stands for one or more groups of zeros. */
function isIp6(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  const halves = withoutThirdColon(text).split('::');
  if (halves.length > 2) return false;
  const before = groups(halves[0]!, halves.length === 1);
  const after = halves.length === 2 ? groups(halves[1]!, true) : 0;
  if (before < 0 || after < 0) return false;
  return halves.length === 2 ? before + after <= 7 : before === 8;
}

/** RFC 5118 §4.10: by a fault in the ABNF of RFC 3261 some write three colons before an embedded IPv4 address; that is to be understood. */
const withoutThirdColon = (text: string): string =>
  text.includes(':::') ? text.replace(/:::(?=\d{1,3}\.[\d.]+$)/, '::') : text;

/** How many 16-bit groups the text has; -1 if one is malformed. */
function groups(text: string, mayEndInIp4: boolean): number {
  if (text === '') return 0;
  const parts = text.split(':');
  let count = 0;
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) count += 1;
    else if (mayEndInIp4 && i === parts.length - 1 && isIp4(part)) count += 2;
    else return -1;
  }
  return count;
}
