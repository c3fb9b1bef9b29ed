import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { createMigratedDatabase } from '../support/migrated-database.ts';

const SCRIPT = fileURLToPath(new URL('../../workers/crm-app.ts', import.meta.url));

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

function start(environment: Record<string, string>): ChildProcess {
  child = spawn(process.execPath, [SCRIPT], {
    env: { PATH: process.env['PATH'] ?? '', TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:9', TIDEGATE_LOG_LEVEL: 'silent', ...environment },
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return child;
}

it('comes up without the job scheduler, answers, and stops when asked', async () => {
  await using store = await createMigratedDatabase('crm');
  const app = start({ TIDEGATE_CRM_PAGE_URL: store.urls.crm_page, TIDEGATE_CRM_APP_RATE_REQUESTS: '10', TIDEGATE_CRM_APP_RATE_WINDOW_MS: '3600000' });
  const [message] = (await once(app, 'message')) as [{ ready: boolean; url: string }];
  expect(message).toEqual({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
  const answer = await fetch(`${message.url}/api/session`);
  expect(await answer.json()).toMatchObject({ code: 'not-signed-in' });
  const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await fetch(`${message.url}/api/session`)).status));
  expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  app.kill('SIGTERM');
  const [code, signal] = (await once(app, 'close')) as [number | null, string | null];
  expect([code, signal]).toEqual([0, null]);
});

it('says why it cannot start, and tells no secret', async () => {
  await using store = await createMigratedDatabase('crm');
  const app = start({ TIDEGATE_CRM_PAGE_URL: store.adminUrl.replace(/^postgres(ql)?:\/\/[^@]+@/, 'postgresql://crm_page:wrong-secret@') });
  let told = '';
  app.stderr?.setEncoding('utf8').on('data', (text: string) => (told += text));
  const [code] = (await once(app, 'close')) as [number];
  expect(code).toBe(1);
  expect(told).toMatch(/^crm-app: .*\[[a-z-]+\]\n {2}What to do: .*\n$/);
  expect(told).not.toContain('wrong-secret');
});

it('lists every setting that is missing', async () => {
  const app = start({ TIDEGATE_TEMPORAL_ADDRESS: '' });
  let told = '';
  app.stderr?.setEncoding('utf8').on('data', (text: string) => (told += text));
  expect(await once(app, 'close')).toEqual([2, null]);
  expect(told).toContain('TIDEGATE_TEMPORAL_ADDRESS');
  expect(told).toContain('TIDEGATE_CRM_PAGE_URL');
  expect(told).toContain('[configuration-invalid]');
});
