import { describe, expect, it } from 'vitest';
import { rules } from '../../../sidecar/config/rules.ts';
import { accepted, problemsOf, resourceText } from './resource-text.ts';
import { RULE_CASES } from './rule-cases.ts';

describe.each(RULE_CASES)('the rule "$rule"', ({ rule, keep, broken }) => {
  it.each(keep)('is kept by %j', ({ sections, name }) => {
    expect(accepted(resourceText(sections, name)).name).toBe(name ?? 'office');
  });

  it.each(broken)('is broken, and nothing else is, by %j', ({ sections, name, path, found }) => {
    expect(problemsOf(resourceText(sections, name))).toEqual([
      expect.objectContaining({ path, found, allowed: rule, message: `found ${found}; ${rule}` }),
    ]);
  });
});

describe('the rules', () => {
  it('have a case each', () => {
    expect(RULE_CASES.map(({ rule }) => rule).sort()).toEqual(rules.map(({ message }) => message).sort());
  });

  it('are held beside faults elsewhere, and not where a section they read is faulty', () => {
    const paths = (registration: string): string[] =>
      problemsOf(
        resourceText({ registration, listeners: '[{name: udp, prot: 5}, {name: b}]', store: '{type: Disk}' }),
      ).map(({ path }) => path);
    expect(paths('{minExpiresSeconds: 100, maxExpiresSeconds: 60}')).toEqual([
      'spec.registration.minExpiresSeconds',
      'spec.listeners[0].prot',
      'spec.listeners[1].port',
      'spec.store.type',
    ]);
    expect(paths('{minExpiresSeconds: 100, maxExpiresSeconds: 6}')[0]).toBe(
      'spec.registration.maxExpiresSeconds',
    );
  });
});
