import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Of one process, from proc_pid_stat(5): its parent, and its CPU time in clock ticks with that of reaped children. */
interface Stat {
  readonly parent: number;
  readonly ticks: number;
}

const readStat = (pid: number): Stat | undefined => {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined; // it ended between the listing and now
  }
  // The second field is the name in brackets and may hold spaces, so counting starts behind it, at field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
};

const children = (): Map<number, number[]> => {
  const byParent = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : undefined;
    if (stat !== undefined) byParent.set(stat.parent, [...(byParent.get(stat.parent) ?? []), pid]);
  }
  return byParent;
};

/** The pids of all living descendants of a process, without itself. */
export const descendants = (pid: number): number[] => {
  const byParent = children();
  const found: number[] = [];
  for (const queue = [pid]; queue.length > 0; ) {
    const next = byParent.get(queue.pop()!) ?? [];
    found.push(...next);
    queue.push(...next);
  }
  return found;
};

const ticksPerSecond = (): number => Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

let perSecond: number | undefined;

/** CPU seconds (user and system, all threads) a process and its children have used up to now. */
export const cpuSeconds = (pid: number): number => {
  perSecond ??= ticksPerSecond();
  let ticks = 0;
  for (const each of [pid, ...descendants(pid)]) ticks += readStat(each)?.ticks ?? 0;
  return ticks / perSecond;
};
