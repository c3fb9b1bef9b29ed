import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../../cli/tidegate.mjs', import.meta.url));

describe('the launcher', () => {
  it('keeps compiled code in the user’s cache, or where Node is told to, and does without where nothing can be kept', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'tidegate-launcher-'));
    const { NODE_COMPILE_CACHE: _, ...own } = process.env;
    const help = async (env: NodeJS.ProcessEnv): Promise<string> =>
      (await promisify(execFile)(process.execPath, [launcher, '--help'], { env: { ...own, ...env } })).stdout;
    const text = await help({ XDG_CACHE_HOME: cache });
    expect(text).toContain('Usage: tidegate');
    expect(readdirSync(join(cache, 'tidegate', 'compiled'))).not.toEqual([]);
    expect(await help({ XDG_CACHE_HOME: '/dev/null', NODE_COMPILE_CACHE: join(cache, 'named') })).toBe(text);
    expect(readdirSync(join(cache, 'named'))).not.toEqual([]);
    expect(await help({ XDG_CACHE_HOME: '/dev/null' })).toBe(text);
    rmSync(cache, { recursive: true });
  });
});
