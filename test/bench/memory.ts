import { readFileSync } from 'node:fs';

/** What of a process lies in memory, in bytes: `anonymous` is its own, `file` is what it has mapped, as a durable store is. */
export interface Memory {
  readonly rss: number;
  readonly anonymous: number;
  readonly file: number;
  /** The most that `rss` ever was. */
  readonly peak: number;
}

/** Reads the text of proc_pid_status(5). */
export const parseMemory = (status: string): Memory => {
  const bytes = (name: string): number => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
    if (match === null) throw new Error(`/proc/PID/status lacks ${name}`);
    return Number(match[1]) * 1024;
  };
  return { rss: bytes('VmRSS'), anonymous: bytes('RssAnon'), file: bytes('RssFile'), peak: bytes('VmHWM') };
};

export const memoryOf = (pid: number): Memory => parseMemory(readFileSync(`/proc/${pid}/status`, 'latin1'));
