/** One look at a proxy under load; bytes and counts. */
export interface Sample {
  readonly minute: number;
  readonly rss: number;
  readonly heap: number;
  readonly transactions: number;
  readonly bindings: number;
}

/** How much memory grows an hour: the slope of the line that fits the samples best (least squares). 0 of fewer than two. */
export const perHour = (samples: readonly Pick<Sample, 'minute' | 'rss'>[]): number => {
  const mean = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0) / values.length;
  const x = mean(samples.map((sample) => sample.minute));
  const y = mean(samples.map((sample) => sample.rss));
  let along = 0;
  let across = 0;
  for (const { minute, rss } of samples) {
    along += (minute - x) * (rss - y);
    across += (minute - x) ** 2;
  }
  return across === 0 || samples.length < 2 ? 0 : (along / across) * 60;
};

/** At most `most` of the samples (two or more), evenly spread, with the first and the last. */
export const spread = <T>(samples: readonly T[], most: number): readonly T[] => {
  if (samples.length <= most) return samples;
  const step = (samples.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => samples[Math.round(i * step)]!);
};
