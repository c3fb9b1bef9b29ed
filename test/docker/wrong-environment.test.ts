import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a container whose environment is wrong', () => {
  const run = (script: string, environment: Record<string, string>): Promise<unknown> =>
    promisify(execFile)(process.execPath, [script], { cwd: root, env: { PATH: process.env['PATH'], ...environment } });

  // A health check has two answers alone: the engine keeps the others for itself.
  it.each([
    ['docker/provision.ts', 2],
    ['docker/worker-health.ts', 1],
  ])('%s says what is missing, and ends with %i', async (script, code) => {
    await expect(run(script, {})).rejects.toMatchObject({
      code,
      stderr: expect.stringMatching(/TIDEGATE_TEMPORAL_ADDRESS[^]*\[configuration-invalid\]\n/),
    });
  });

  it('is not healthy where Temporal is not', async () => {
    await expect(run('docker/worker-health.ts', { TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[temporal-unavailable]'),
    });
  });
});
