import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foundFiles, readCase } from './found.ts';
import { faultOf } from './minimise.ts';
import { allTargets } from './targets/every.ts';
import { timeTarget } from './time/search.ts';

const targets = [...allTargets(), timeTarget];

describe('an input that once broke a law', () => {
  it.each(foundFiles().map((file) => [basename(file), file] as const))(
    'breaks none any more: %s',
    { timeout: 120_000 },
    (_name, file) => {
      const { target, input } = readCase(file, targets);
      expect(faultOf(target, input)).toBeUndefined();
    },
  );
});
