/** What stands in a text for something that only a running engine knows: `{contact}` the newest, `{contact1}` the one before. */
const PLACE = /\{(contact|route|flow|branch|victim)([0-9]?)\}/g;

/** The value of a place: the newest of that kind, or so many `back`. */
export type Values = (kind: string, back: number) => string;

export const filled = (text: string, values: Values): string =>
  text.includes('{')
    ? text.replace(PLACE, (_, kind: string, back: string) => values(kind, Number(back)))
    : text;

const FIXED: Readonly<Record<string, string>> = {
  contact: `sip:b${'0123456789abcdef'.repeat(2)}@203.0.113.5:5060`,
  route: '<sip:203.0.113.5:5060;lr>',
  flow: 'f0000000100000000',
  branch: 'z9hG4bKr000000000000001',
  victim: '10.66.0.9',
};

/** The text for a parser, to which one value is as good as another. */
export const withoutPlaces = (text: string): string => filled(text, (kind) => FIXED[kind] ?? '');
