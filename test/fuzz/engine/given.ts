import type { Values } from '../text/places.ts';

/** What the engine has let others see: by it a text gets past the doors that only its own words open. */
export interface Given {
  learn(text: string): void;
  readonly values: Values;
}

/** The newest of each kind that are kept. */
const MOST = 8;

const PATTERNS: Readonly<Record<string, RegExp>> = {
  contact: /<(sip:b[0-9a-f]{32}@[^>]+)>/g,
  route: /^(?:Record-Route|Path): (<sip:f[0-9a-f]+@[^>]+>)/gm,
  flow: /<sip:(f[0-9a-f]{30,})@/g,
  branch: /branch=(z9hG4bKr[0-9]+)/g,
};
const NONE: Readonly<Record<string, string>> = {
  contact: 'sip:u1@pbx.test',
  route: '<sip:203.0.113.5:5060;lr>',
  flow: 'f00',
  branch: 'z9hG4bKnone',
};

export function given(): Given {
  const known = new Map<string, string[]>(Object.keys(PATTERNS).map((kind) => [kind, []]));
  return {
    learn: (text) => {
      for (const [kind, pattern] of Object.entries(PATTERNS)) {
        const list = known.get(kind) as string[];
        for (const [, value = ''] of text.matchAll(pattern)) if (list[0] !== value) list.unshift(value);
        list.length = Math.min(list.length, MOST);
      }
    },
    values: (kind, back) => {
      if (kind === 'victim') return `10.66.0.${back + 1}`;
      const list = known.get(kind) ?? [];
      return list[back % Math.max(list.length, 1)] ?? NONE[kind] ?? '';
    },
  };
}
