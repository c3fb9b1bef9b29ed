import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHome, orderByHandOnly, runCli, runCloudEdit, runStack, startStack, type TestStack } from '../support/running-stack.ts';

/** Whether a process lives. */
function lives(pid: number | null): boolean {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    return false;
  }
}

const { home, remove } = makeHome();
let running: TestStack;
const json = async (...args: string[]) => {
  const { code, stdout } = await runCli(home, [...args, '--json']);
  return { code, value: JSON.parse(stdout) as never };
};

let cycle: Awaited<ReturnType<typeof runStack>>;

beforeAll(async () => {
  cycle = await runStack(home, ['--once', '--json']);
  running = await startStack(home);
}, 240_000);
afterAll(async () => {
  await running.stop('SIGKILL');
  // The watchdog ends the parts of a supervisor that was killed.
  while (Object.values(running.stack.pids).some(lives)) await new Promise((resolve) => setTimeout(resolve, 100));
  remove();
}, 120_000);

describe('npm start -- --once', () => {
  it('does one whole cycle, and leaves the first password to a start that shows it', () => {
    expect(cycle.code).toBe(0);
    expect(JSON.parse(cycle.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ balanced: true, converged: true, faults: [] });
    expect(cycle.stdout + cycle.stderr).not.toMatch(/sign in as/i);
  });
});

describe('npm start', () => {
  it('tells where everything is, and keeps secrets to its owner', () => {
    expect(running.output()).toContain(running.stack.crm.url);
    expect(running.output()).toContain(running.stack.temporal.ui);
    expect(running.output()).toMatch(/Sign in as admin@crm\.example with the password \S{16}/);
    expect(running.output()).toMatch(/At the cloud page, sign in as kim@acme\.example with the password \S{16}/);
    expect(statSync(join(home, 'stack.json')).mode & 0o777).toBe(0o600);
    for (const side of ['crm', 'cloud']) expect(statSync(join(home, side, 'environment.json')).mode & 0o077).toBe(0);
    expect(Object.values(running.stack.pids).every(lives)).toBe(true);
  });

  it('refuses a second start, and says where the first one is', async () => {
    const second = await runStack(home, []);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('already-running');
    expect(second.stderr).toContain(running.stack.crm.url);
  });

  it('answers plain http with a redirection and nothing else', async () => {
    const answer = await fetch(running.stack.cloud.plainUrl, { redirect: 'manual' });
    expect(answer.status).toBe(308);
    expect(answer.headers.get('location')).toContain(running.stack.cloud.url);
  });
});

describe('the cloud’s page', () => {
  const signIn = (password: string) =>
    fetch(`${running.stack.cloud.pageUrl}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'kim@acme.example', password }),
    });

  it('lets the first employee in with the printed password, and a new one when it is asked for', async () => {
    const printed = /sign in as kim@acme\.example with the password (\S{16})/.exec(running.output())?.[1] ?? '';
    expect((await signIn(printed)).status).toBe(200);
    const { code, stdout } = await runCloudEdit(home, ['password', 'kim@acme.example']);
    expect(code).toBe(0);
    expect((await signIn(printed)).status).toBe(401);
    expect((await signIn(/password (\S{16}) /.exec(stdout)?.[1] ?? '')).status).toBe(200);
  });

  it('is on a port of its own: the exchange’s doors show none of it', async () => {
    const plain = await fetch(`${running.stack.cloud.plainUrl}/api/session`, { redirect: 'manual' });
    expect(plain.status).toBe(308);
    await expect(fetch(`${running.stack.cloud.url}/api/session`)).rejects.toThrow();
  });
});

describe('the three lines to copy', () => {
  it('mistyped, say what there is, and that nothing was changed', async () => {
    const key = /set contacts (\S+)/.exec(running.output())?.[1] ?? '';
    const mistyped = await runCloudEdit(home, ['set', 'contacts', key, 'jobTitel=x']);
    expect(mistyped).toMatchObject({ code: 1, stdout: '' });
    expect(mistyped.stderr).toMatch(/"jobTitel" is none of .*\bjobTitle\b.* \[field-denied\]\n[^]*Nothing was changed at the cloud\./);
  });

  it('change a record in the cloud, order it in, and show it in the CRM with its run', async () => {
    const key = /set contacts (\S+)/.exec(running.output())?.[1] ?? '';
    const [link] = (await json('status')).value as { link: string }[];
    await orderByHandOnly(running.stack, link?.link ?? '');
    expect((await runCloudEdit(home, ['set', 'contacts', key, 'jobTitle=Changed by a test'])).code).toBe(0);
    const before = await json('record', 'contacts', key);
    expect(before.value).not.toMatchObject({ record: { jobTitle: 'Changed by a test' } });
    const pulled = await json('pull', 'contacts');
    const brought = expect.objectContaining({
      books: expect.objectContaining({ offered: 1, applied: 1 }) as object,
      url: expect.any(String) as string,
    }) as object;
    expect(pulled).toMatchObject({ code: 0, value: { state: 'done', runs: expect.arrayContaining([brought]) as object[] } });
    const { record, entries } = (await json('record', 'contacts', key)).value as { record: object; entries: object[] };
    expect(record).toMatchObject({ jobTitle: 'Changed by a test' });
    expect(entries[0]).toMatchObject({ fields: ['jobTitle'], url: expect.stringContaining(running.stack.temporal.ui) });
  });
});

describe('the command line', () => {
  it('shows every collection as open and proven', async () => {
    const { code, value } = await json('status');
    expect(code).toBe(0);
    expect(value).toMatchObject([
      { state: 'open', collections: ['contacts', 'appointments', 'tasks'].map((collection) => ({ collection, state: 'open', quarantined: 0 })) },
    ]);
  });

  it('sends on request, pauses with a reason, and goes on', async () => {
    expect(await json('sync', 'tasks')).toMatchObject({ code: 0, value: { state: 'done' } });
    expect(await json('pause', '--reason', 'a test')).toMatchObject({ code: 0 });
    expect((await json('status')).value).toMatchObject([{ state: 'paused', reason: 'a test' }]);
    expect(await json('resume')).toMatchObject({ code: 0 });
    expect(await json('sync')).toMatchObject({ code: 0, value: { state: 'done' } });
  });

  it('lists runs that balance, and shows one', async () => {
    const { value } = await json('runs', '--direction', 'reverse');
    // A firing that overlapped may have ordered the same once more, and brought nothing.
    const run = (value as { id: string; books: Record<string, number> }[]).find(({ books }) => books['offered'] === 1);
    expect(run?.books).toMatchObject({ offered: 1, applied: 1 });
    expect(await json('run', run?.id ?? '')).toMatchObject({ code: 0, value: { direction: 'reverse', windowRows: [{ collection: 'contacts', applied: 1 }] } });
    expect(await json('run', 'nobody')).toMatchObject({ code: 1, value: { error: { code: 'record-not-found' } } });
  });

  it('refuses what it does not know', async () => {
    expect(await json('sync', 'nonsense')).toMatchObject({ code: 1, value: { error: { code: 'collection-unknown' } } });
    expect((await runCli(home, ['nonsense'])).code).toBe(2);
    expect((await runCli(home, ['pause'])).code).toBe(2);
    expect((await runCli(join(home, 'nowhere'), ['status'])).code).toBe(3);
  });

  it('prints the SQL of attaching, and finds everything attached', async () => {
    const { value } = await json('attach', '--print');
    expect(value).toMatchObject({
      tables: ['crm.contacts', 'crm.appointments', 'crm.tasks'].map((table) => ({
        table,
        state: 'attached before',
        sql: expect.arrayContaining([expect.stringContaining('TRIGGER')]),
      })),
      refused: [],
    });
  });
});

describe('stopping', () => {
  it('leaves no process and no stack file, and a restart has the data still', async () => {
    expect(await json('pause', '--reason', 'month end')).toMatchObject({ code: 0 });
    expect(await running.stop('SIGINT')).toBe(0);
    // Said at once, then each part as it is waited for, in order.
    const [, said = ''] = running.output().split('Stopping, one part after the other');
    expect(said.match(/^ {2}(\S+) .*\(\d+\.\d s\)$/gm)?.map((line) => line.trim().split(' ')[0])).toEqual([
      'cloud-page',
      'crm-app',
      'crm-worker',
      'producer',
      'temporal',
      'cloud-postgres',
      'crm-postgres',
    ]);
    // In a pipe a line stands for what changed: none says of its subject what the one before said.
    const shown = [...running.output().matchAll(/^\S+Z (acme\/development\/hub(?: \w+)?): (.*)$/gm)].map(([, of = '', says = '']) => ({ of, says }));
    expect(new Set(shown.map(({ of }) => of)).size).toBe(4);
    expect(shown.filter(({ of, says }, i) => shown.slice(0, i).findLast((before) => before.of === of)?.says === says)).toEqual([]);
    expect(Object.values(running.stack.pids).some(lives)).toBe(false);
    expect(existsSync(join(home, 'stack.json'))).toBe(false);
    running = await startStack(home);
    expect(running.output()).not.toMatch(/sign in as/i);
    // A link that is paused keeps nobody from the pages, on which it is resumed.
    expect((await json('status')).value).toMatchObject([{ state: 'paused', reason: 'month end' }]);
    expect(await json('resume')).toMatchObject({ code: 0 });
    const client = new Client({ connectionString: running.stack.crm.databaseUrl });
    await client.connect();
    const { rows } = await client.query(`select count(*)::int as n from crm.contacts where job_title = 'Changed by a test'`);
    await client.end();
    expect(rows).toEqual([{ n: 1 }]);
    expect((await json('sync')).value).toMatchObject({ state: 'done' });
  }, 180_000);

  it('is told where a part died of itself: which one, and where its log is', async () => {
    const ended = new Promise<number | null>((resolve) => running.process.once('close', resolve));
    process.kill(running.stack.pids.producer, 'SIGKILL');
    expect(await ended).toBe(1);
    expect(running.output()).toContain(`producer ended unexpectedly; everything was stopped. Its log: ${home}/logs/producer.log`);
    expect(Object.values(running.stack.pids).some(lives)).toBe(false);
  });
});
