import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, measureRound } from './measure.ts';
import { midreg } from './systems/midreg.ts';

/** Runs one full-speed round of midreg under V8's CPU profiler; the profile stays in `cache`. */
export const profileMidreg = async (
  bench: Bench,
  cache: string,
  say: (line: string) => void,
): Promise<void> => {
  const directory = join(cache, `profile-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  const phases = await measureRound(bench, midreg({ profiles: directory }), 1, 0, bench.options.kinds);
  for (const phase of phases)
    say(`${phase.phase}: ${Math.round(phase.perSecond)} a second, with the profiler on`);
  const profiles = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'));
  if (profiles.length === 0)
    throw new Error(`midreg left no profile in ${directory}: did it end by itself on SIGTERM?`);
  for (const name of profiles)
    say(`profile (open it in Chrome DevTools or VS Code): ${join(directory, name)}`);
};
