import { z } from 'zod';

/** Greatest window of a limit. */
const MAX_WINDOW_MS = 3_600_000;

/** Setting: a greatest number of requests. */
export const rateRequests = (of: string, usual: number) =>
  z.coerce
    .number()
    .int()
    .min(10)
    .max(10_000_000)
    .default(usual)
    .meta({ description: `Greatest number of requests of ${of} within the window; above it they are answered 429 with \`Retry-After\`.` });

/** Setting: length of the window of a limit. */
export const rateWindow = (usual: number) =>
  z.coerce
    .number()
    .int()
    .min(1000)
    .max(MAX_WINDOW_MS)
    .default(usual)
    .meta({ description: 'Length of the window in which they are counted.', unit: 'milliseconds' });

/** How much anybody may ask of a page's API, and how often be refused at its door. Each process counts for itself. */
export const pageLimitsOf = <P extends 'CRM_APP' | 'CLOUD_PAGE'>(page: P) => {
  const attempts = (of: string, usual: number) =>
    z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(usual)
      .meta({
        description: `Refused attempts to sign in ${of} within the window that close the door for the rest of it.`,
        cost: 'More: more guesses at passwords.',
      });
  const settings = {
    RATE_REQUESTS: rateRequests('a signed-in user, or of an address from which nobody is signed in,', 2000),
    RATE_WINDOW_MS: rateWindow(10_000),
    SIGN_IN_PER_USER: attempts('as one user', 10),
    SIGN_IN_PER_ADDRESS: attempts('from one address (a proxy can stand for many)', 100),
    SIGN_IN_WINDOW_MS: rateWindow(300_000),
  };
  return Object.fromEntries(Object.entries(settings).map(([name, each]) => [`TIDEGATE_${page}_${name}`, each])) as {
    [Name in keyof typeof settings as `TIDEGATE_${P}_${Name}`]: (typeof settings)[Name];
  };
};
