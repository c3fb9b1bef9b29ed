import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { startClock } from '../../bench/clock.ts';

const BUSY = 'const until = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < until);';

it.runIf(process.platform === 'linux')('counts the processor time of processes that took part, and of children that have ended', async () => {
  const stopIdle = startClock([process.ppid]);
  const stop = startClock([]);
  spawnSync(process.execPath, ['-e', BUSY]);
  const { ms, cpuMs } = await stop();
  expect(cpuMs).toBeGreaterThanOrEqual(290);
  expect(ms).toBeGreaterThan(0);
  expect((await stopIdle()).cpuMs).toBeGreaterThanOrEqual(cpuMs);
});
