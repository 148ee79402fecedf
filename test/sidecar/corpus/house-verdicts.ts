import type { Case } from './case.ts';

/** What a case of our own may say besides. */
export type More = Pick<Case, 'why' | 'stream' | 'pops'> & { readonly line?: string };

type Maker = (name: string, section: string, about: string, more?: More) => Case;

const of =
  (kind: 'forwarded' | 'delivered' | 'returned' | 'absorbed'): Maker =>
  (name, section, about, more = {}) => ({ name, section, about, verdict: { kind }, ...more });

export const forwarded = of('forwarded');
export const delivered = of('delivered');
export const returned = of('returned');
export const absorbed = of('absorbed');

export const registered = (
  name: string,
  section: string,
  about: string,
  contacts: readonly string[],
  more: More = {},
): Case => ({ name, section, about, verdict: { kind: 'forwarded', contacts }, ...more });

export const refused = (
  name: string,
  section: string,
  about: string,
  status: number,
  { line, ...more }: More = {},
): Case => ({
  name,
  section,
  about,
  verdict: { kind: 'refused', status, ...(line === undefined ? {} : { line }) },
  ...more,
});

export const dropped = (name: string, section: string, about: string, as: string, more: More = {}): Case => ({
  name,
  section,
  about,
  verdict: { kind: 'dropped', as },
  ...more,
});
