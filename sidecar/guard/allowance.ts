/** What a source or a flow may send: `perSecond` in the long run, `burst` at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** The same in the terms that an allowance is counted in. */
export interface Pace {
  /** How long one message lasts, in ms; 0 where nothing is bounded. */
  readonly interval: number;
  /** How far ahead of the time an allowance may be, in ms. */
  readonly ahead: number;
}

export const UNBOUNDED: Pace = { interval: 0, ahead: 0 };

export function paceOf({ perSecond, burst }: Rate): Pace {
  if (perSecond === 0) return UNBOUNDED;
  const interval = 1000 / perSecond;
  return { interval, ahead: interval * burst };
}

/**
 * A token bucket in one number (the generic cell rate algorithm of ITU-T I.371): the time at which all that was taken
 * would have been earned. Whoever holds one keeps that number; 0 is a full bucket.
 */
export const spend = (earnedAt: number, cost: number, now: number, { interval }: Pace): number =>
  Math.max(earnedAt, now) + cost * interval;

/** Whether no more than a burst is spent and not earned yet; half a message makes up for what adding fractions loses. */
export const isWithin = (earnedAt: number, now: number, { interval, ahead }: Pace): boolean =>
  earnedAt - now <= ahead + interval / 2;

/** Whether a sender has gone on, with nothing left, until a whole burst more was spent. */
export const isFarBeyond = (earnedAt: number, now: number, { ahead }: Pace): boolean =>
  earnedAt - now > 2 * ahead;
