import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a container whose environment is wrong', () => {
  const run = (script: string, environment: Record<string, string>): Promise<unknown> =>
    promisify(execFile)(process.execPath, [script], { cwd: root, env: { PATH: process.env['PATH'], ...environment } });

  it.each(['docker/provision.ts', 'docker/worker-health.ts'])('%s says what is missing, and fails', async (script) => {
    await expect(run(script, {})).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/TIDEGATE_TEMPORAL_ADDRESS[^]*\[configuration-invalid\]\n$/),
    });
  });

  it('is not healthy where Temporal is not', async () => {
    await expect(run('docker/worker-health.ts', { TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[temporal-unavailable]'),
    });
  });
});
