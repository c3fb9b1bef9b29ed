/**
 * Periods of a link's Schedules in tests that order by hand. Temporal aligns a period to the clock, so that one of an hour or a
 * day fires in the middle of a test that runs at such a time; this one is over in the year 2096 for the first time.
 */
export const BY_HAND_ONLY = { forwardEveryMs: 4_000_000_000_000, reverseEveryMs: 4_000_000_000_000 } as const;
