const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The first two signals to end, from now on. Without a gap, before them or between: in it they would kill the process. */
export function hearSignals(): { first: Promise<string>; second: Promise<string>; close(): void } {
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  let next = first;
  const hear = (signal: string): void => {
    next.resolve(signal);
    next = second;
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  const close = (): void => {
    for (const signal of SIGNALS) process.off(signal, hear);
  };
  return { first: first.promise, second: second.promise, close };
}
