/** Calls after so many milliseconds, until the returned function takes it back. */
export type After = (ms: number, call: () => void) => () => void;

export const afterMs: After = (ms, call) => {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
};

/** Resolves after so many milliseconds; rejects with the signal's reason where that comes first. */
export function pause(ms: number, signal: AbortSignal | undefined, after: After = afterMs): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
