import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** Folders of tests of functions and of stores: their files take turns in three processes, which load everything once. */
const SHARING = 'activities|adaptor|cloud|configuration|crm|exchange|hostile|web';

/** What of these changes the process that it is in: its variables, its globals, or Temporal's runtime. As all others, each has its own. */
const APART = ['test/cloud/page/page-values.test.ts', 'test/crm/records/field-kinds.test.ts', 'test/hostile/{keys-and-certificates,temporal*}.test.ts'];

/** Code of the pages, which Vite makes for browsers. All other code is run by Node alone, as in production; that is quicker, too. */
const PAGES = 'test/{crm,web}/page/**/*.test.ts';

/** No wait ends because a machine is busy: what never comes fails in the end. */
const usual = { pool: 'forks', testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 30_000, interval: 50 } } } as const;
const byNode = { ...usual, experimental: { viteModuleRunner: false, nodeLoader: false } } as const;

/** Tests share real servers (test/support/global-setup.ts), which take their time to start on a small machine. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // One more than a small machine has cores: some tests wait for what they killed to be missed, and leave theirs idle.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    teardownTimeout: 60_000,
    projects: [
      { test: { ...byNode, name: 'apart', include: ['test/*.test.ts', `test/!(${SHARING})/**/*.test.ts`, ...APART] } },
      { test: { ...byNode, name: 'sharing', isolate: false, include: [`test/@(${SHARING})/**/*.test.ts`], exclude: [PAGES, ...APART] } },
      { test: { ...usual, name: 'pages', include: [PAGES] } },
    ],
  },
});
