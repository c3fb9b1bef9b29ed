import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appointments, contacts, tasks } from '../../../configuration/built-in.ts';
import { checkConfig } from '../../../configuration/load-config.ts';
import { type CrmDatabase, openCrmDatabase } from '../../../crm/database.ts';
import { Metrics } from '../../../observability/metrics/metrics.ts';
import { watchAlarms } from '../../../workers/crm-app/watch-alarms.ts';
import { addRun, openLink } from '../../crm/control-plane.ts';
import { TEST_LINK, type TestCrm, startTestCrm } from '../../crm/test-crm.ts';

const { links } = checkConfig({ links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, appointments, tasks] }] });
const log = pino({ level: 'silent' });
const BOUNDS = { TIDEGATE_ALARM_AFTER_MS: 600_000, TIDEGATE_ALARM_PAUSED_AFTER_MS: 600_000 };
const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

let crm: TestCrm;
let database: CrmDatabase;
beforeAll(async () => {
  crm = await startTestCrm();
  database = openCrmDatabase(crm.pageUrl, 4);
});
afterAll(async () => {
  await database.close();
  await crm[Symbol.asyncDispose]();
});

it('tells a receiver and the metrics of what is stale, without worker or scheduler', async () => {
  const told: { type: string; data: { alarm: string } }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      told.push(JSON.parse(body) as (typeof told)[number]);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await openLink(crm.admin);
  await addRun(crm.admin, 'f', 'forward');
  await addRun(crm.admin, 'r', 'reverse');
  await crm.admin.query(`update tidegate.link set opened_at = now()`);
  await crm.admin.query(`update tidegate.channel set proven_at = now() - interval '2 days' where collection = 'tasks'`);
  const metrics = new Metrics('crm-app', '1');
  const settings = { ...BOUNDS, TIDEGATE_ALARM_WEBHOOK_URL: url, TIDEGATE_ALARM_WEBHOOK_SECRET: secret };
  const { watch, bounds, lagHistory } = watchAlarms(settings, { database, links, log, metrics });
  await expect
    .poll(() => told.map(({ type, data }) => [type, data.alarm]), { timeout: 20_000 })
    .toEqual([['tidegate.alarm.raised', `no-proof:${TEST_LINK}:forward:tasks`]]);
  expect((await metrics.expose()).text).toContain(`tidegate_alarm{link="${TEST_LINK}",collection="tasks",direction="forward",alarm="no-proof"} 1`);
  expect(bounds).toEqual({ staleAfterMs: 600_000, pausedAfterMs: 600_000 });
  expect(lagHistory.samples).toHaveLength(1);
  await crm.admin.query(`update tidegate.channel set proven_at = now()`);
  await watch.look();
  expect(told.at(-1)?.type).toBe('tidegate.alarm.cleared');
  await watch.stop();
  server.close();
});

it('refuses a webhook without a key', () => {
  const settings = { ...BOUNDS, TIDEGATE_ALARM_WEBHOOK_URL: 'https://pager.example/', TIDEGATE_ALARM_WEBHOOK_SECRET: undefined };
  expect(() => watchAlarms(settings, { database, links, log, metrics: undefined })).toThrow('TIDEGATE_ALARM_WEBHOOK_SECRET');
});
