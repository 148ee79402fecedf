import { describe, expect, it } from 'vitest';
import { findingsTable } from './grid.ts';
import { memoryOf, parseMemory } from './memory.ts';
import { Figures } from './metrics.ts';
import { perHour, spread } from './slope.ts';
import type { Line } from './summary.ts';
import { renderTables } from './table.ts';

describe('what a benchmark looks at', () => {
  it('reads memory from the text of /proc/PID/status', () => {
    const status =
      'Name:\tnode\nVmHWM:\t  2000 kB\nVmRSS:\t  1000 kB\nRssAnon:\t   700 kB\nRssFile:\t   300 kB\n';
    expect(parseMemory(status)).toEqual({
      rss: 1_024_000,
      anonymous: 716_800,
      file: 307_200,
      peak: 2_048_000,
    });
    expect(() => parseMemory('Name:\tkthreadd\n')).toThrow('lacks VmRSS');
  });

  it.runIf(process.platform === 'linux')('finds the memory of a running process', () => {
    expect(memoryOf(process.pid).rss).toBeGreaterThan(1 << 20);
  });

  it('adds up a metric over its labels, or over those that bear one', () => {
    const page = '# TYPE m_t gauge\nm_t{kind="server"} 3\nm_t{kind="client"} 4\nm_t_more 5\nplain 6.5\n';
    const figures = new Figures(page);
    expect(figures.sum('m_t')).toBe(7);
    expect(figures.sum('m_t', 'kind="client"')).toBe(4);
    expect(figures.sum('plain')).toBe(6.5);
    expect(figures.sum('absent')).toBe(0);
  });

  it('finds how much memory grows an hour in spite of ups and downs', () => {
    const steady = [0, 1, 2, 3].map((minute) => ({ minute, rss: 1000 + minute * 10 }));
    expect(perHour(steady)).toBeCloseTo(600);
    expect(perHour([5, 7, 7, 5].map((rss, minute) => ({ minute, rss })))).toBeCloseTo(0);
    expect(perHour([{ minute: 1, rss: 5 }])).toBe(0);
  });

  it('shows few of many samples, the first and the last among them', () => {
    const many = Array.from({ length: 100 }, (_, i) => i);
    expect(spread(many, 4)).toEqual([0, 33, 66, 99]);
    expect(spread([1, 2], 4)).toEqual([1, 2]);
  });
});

const LINE: Line = {
  system: 'midreg',
  kind: 'call',
  rate: 0,
  rounds: 1,
  perSecond: 1234,
  range: [1000, 1500],
  timesRelay: 0.5,
  timesKamailio: 2,
  timesKamailioTuned: undefined,
  timesOpensips: undefined,
  cpuMicros: 12.34,
  busy: 1,
  generatorBusy: 0.5,
  p50Ms: 1,
  p99Ms: 2,
  p999Ms: 33.3,
  errors: 0,
  lost: 0,
  retransmitted: 0,
};

describe('the tables of a benchmark', () => {
  it('have one table for each kind and rate, in the order of the lines', () => {
    const text = renderTables([
      LINE,
      { ...LINE, rate: 8000, kind: 'register' },
      { ...LINE, system: 'relay' },
    ]);
    const titles = [...text.matchAll(/\*\*(.*)\*\*/g)].map(([, title]) => title);
    expect(titles).toEqual(['Calls carried, full speed', 'REGISTERs mirrored at 8,000 a second']);
    expect(text).toMatch(/\| p99\.9 ms \|/);
  });

  it('show the ratio to OpenSIPS only where OpenSIPS was there', () => {
    expect(renderTables([LINE])).not.toContain('of opensips');
    expect(renderTables([{ ...LINE, timesOpensips: 3 }])).toMatch(/of opensips[^\n]*\n[^\n]*\n[^\n]*3\.00×/);
  });

  it('set each finding beside its aim', () => {
    const table = findingsTable([{ what: 'ready', figure: '4 s', aim: '≤ 5 s' }]);
    expect(table).toContain('| ready |');
    expect(table.split('\n')).toHaveLength(3);
  });
});
