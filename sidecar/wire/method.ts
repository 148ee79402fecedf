import { isToken } from './grammar.ts';

const METHODS: (readonly string[] | undefined)[] = new Array(32).fill(undefined);
for (const method of [
  'REGISTER',
  'REFER',
  'MESSAGE',
  'INVITE',
  'INFO',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'PRACK',
  'UPDATE',
]) {
  const letter = method.charCodeAt(0) & 31;
  METHODS[letter] = [...(METHODS[letter] ?? []), method];
}

/**
 * The method in text[start, end) (§7.1: a token, case-sensitive), undefined if it is none. A known one comes back as the
 * very constant that the code compares with: no copy of the text, and a comparison is one of pointers.
 */
export function methodAt(text: string, start: number, end: number): string | undefined {
  const known = METHODS[text.charCodeAt(start) & 31];
  if (known !== undefined) {
    for (let i = 0; i < known.length; i++) {
      const method = known[i]!;
      if (method.length === end - start && text.startsWith(method, start)) return method;
    }
  }
  const method = text.slice(start, end);
  return isToken(method) ? method : undefined;
}

/** Whether it is a method of the IANA registry. */
export const isKnownMethod = (method: string): boolean =>
  METHODS[method.charCodeAt(0) & 31]?.includes(method) ?? false;
