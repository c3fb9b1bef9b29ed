import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../../cli/tidegate.mjs', import.meta.url));

/** One cache for all: half of what a start takes is compiling. */
const cache = mkdtempSync(join(tmpdir(), 'tidegate-launcher-'));
afterAll(() => rmSync(cache, { recursive: true }));

const { NODE_COMPILE_CACHE: _, ...own } = process.env;
const tidegate = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    encoding: 'utf8',
    env: { ...own, XDG_CACHE_HOME: cache, TIDEGATE_HOME: '/nowhere' },
  });
  return { status, stdout, stderr };
};

describe('the launcher', () => {
  it('ends as the command did: wrong use, and what does not run', () => {
    expect(tidegate('stats')).toEqual({ status: 2, stdout: '', stderr: expect.stringContaining('Did you mean status?') });
    expect(tidegate('status')).toEqual({ status: 3, stdout: '', stderr: expect.stringContaining('What to do: ') });
  });

  it('says of a process that it has no options, and starts none where it is given some', () => {
    expect(tidegate('worker', '--help')).toEqual({ status: 0, stdout: expect.stringContaining('Usage: tidegate worker'), stderr: '' });
    expect(tidegate('producer', '--port', '4701')).toEqual({ status: 2, stdout: '', stderr: expect.stringContaining('takes no "--port"') });
  });

  it('says how the third party’s edits are used where they are not, and that nothing runs, as every command does', () => {
    expect(tidegate('cloud', 'set', 'contacts', '1', 'note=x', '--no-such')).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/Unknown option '--no-such'\.\nnpx tidegate cloud set COLLECTION KEY FIELD=VALUE/),
    });
    expect(tidegate('cloud', 'set', 'contacts', '1', 'note=x')).toEqual({
      status: 3,
      stdout: '',
      stderr: expect.stringMatching(/\[not-running\]\n {2}What to do: /),
    });
  });

  it('ends processes by the rule of commands: wrong settings are wrong use, and what cannot be reached may come back', async () => {
    const there = {
      TIDEGATE_CRM_PAGE_URL: 'postgresql://nobody:hunter2@127.0.0.1:1/none',
      TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1',
      TIDEGATE_CONFIG: fileURLToPath(new URL('../../tidegate.config.ts', import.meta.url)),
    };
    const ended = (name: string, env: NodeJS.ProcessEnv) =>
      promisify(execFile)(process.execPath, [launcher, name], { env: { ...own, XDG_CACHE_HOME: cache, ...env } }).then(
        () => ({ code: 0, stderr: '' }),
        ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
      );
    // The other processes: test/workers/producer.test.ts, crm-app.test.ts, real-parts.test.ts.
    const [worker, page, app] = await Promise.all([ended('worker', {}), ended('cloud-page', {}), ended('app', there)]);
    const wrong = { code: 2, stderr: expect.stringMatching(/TIDEGATE_\w+: [^]*\[configuration-invalid\]\n {2}What to do: /) };
    expect([worker, page]).toEqual([wrong, wrong]);
    expect(app).toEqual({ code: 3, stderr: expect.stringMatching(/^crm-app: (?!.*hunter2).*\[database-unavailable\]\n {2}What to do: /) });
  });

  it('keeps compiled code in the user’s cache, or where Node is told to, and does without where nothing can be kept', async () => {
    const help = async (env: NodeJS.ProcessEnv): Promise<string> =>
      (await promisify(execFile)(process.execPath, [launcher, '--help'], { env: { ...own, ...env } })).stdout;
    const text = await help({ XDG_CACHE_HOME: cache });
    expect(text).toContain('Usage: tidegate');
    expect(readdirSync(join(cache, 'tidegate', 'compiled'))).not.toEqual([]);
    expect(await help({ XDG_CACHE_HOME: '/dev/null', NODE_COMPILE_CACHE: join(cache, 'named') })).toBe(text);
    expect(readdirSync(join(cache, 'named'))).not.toEqual([]);
    expect(await help({ XDG_CACHE_HOME: '/dev/null' })).toBe(text);
  });
});
