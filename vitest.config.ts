import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const TESTS = 'test/**/*.test.ts';
const PAGES = 'test/{crm,web}/page/**/*.test.ts';

/** What holds for every test. No wait ends because a machine is busy: what never comes fails in the end. */
const usual = {
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 30_000, interval: 50 } },
} as const;

/**
 * Tests share real servers (test/support/global-setup.ts), which take their time to start on a small machine. The pages' own code
 * is run as Vite makes it for browsers; all other code as Node runs it in production, which is quicker, too.
 */
export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // One more than a small machine has cores: some tests wait for what they killed to be missed, and leave theirs idle.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    teardownTimeout: 60_000,
    projects: [
      { test: { ...usual, name: 'node', include: [TESTS], exclude: [PAGES], experimental: { viteModuleRunner: false, nodeLoader: false } } },
      { test: { ...usual, name: 'pages', include: [PAGES] } },
    ],
  },
});
