import { contacts } from '../configuration/built-in.ts';
import { defineConfig } from '../configuration/config.ts';

const HOUR_MS = 3_600_000;

/** Contacts as they are built in; no Schedule fires into a measurement. */
export default defineConfig({
  links: [
    {
      tenant: 'acme',
      environment: 'bench',
      link: 'hub',
      collections: [{ ...contacts, deleteBudget: { forward: 1_000_000, reverse: 1_000_000 } }],
      schedules: { forwardEveryMs: 24 * HOUR_MS, reverseEveryMs: 24 * HOUR_MS },
      pump: { maxWindows: 100_000, maxDurationMs: 10 * HOUR_MS },
    },
  ],
});
