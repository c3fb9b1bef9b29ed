import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashPassword } from '../../web/sign-in/password.ts';
import { METRICS, type MetricDefinition, type Part } from '../../observability/metrics/catalogue.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type TestStack, makeHome, runCli, startStack, usualLinkByHand } from '../support/running-stack.ts';
import { dashboardExpressions, ruleExpressions, selectorsIn } from '../support/promql.ts';
import { readHistories } from '../support/temporal-histories.ts';

/*
 * Whole cycles of the real processes with everything switched on: what they tell, and that no record content is in it. The
 * canary stands in every personal field of every collection, at both sides, also in records that conflict or are refused.
 */

const CANARY = 'kanarienvogel';
/** A birthday and a telephone number as nobody else has them. */
const CANARY_DAY = '1903-11-27';
const CANARY_PHONE = '+4915590071234';
const { home, remove } = makeHome();
const clients: Client[] = [];
let receiver: OtlpReceiver;
let running: TestStack;
let exposed: Readonly<Record<'crmApp' | 'worker' | 'temporalSdk' | 'producer', string>>;
let spans: readonly ReceivedSpan[];
let lines: readonly Record<string, unknown>[];
let histories: Readonly<Record<string, string>>;
let stored: Readonly<Record<'crm' | 'cloud' | 'conflicts' | 'setAside', number>>;
/** Refusals and listings, by what was asked. */
const answers: Record<string, string> = {};

const connect = async (connectionString: string): Promise<Client> => {
  const client = new Client({ connectionString });
  await client.connect();
  clients.push(client);
  return client;
};
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 100 });
const logFiles = () => readdirSync(join(home, 'logs')).map((name) => ({ name, text: readFileSync(join(home, 'logs', name), 'utf8') }));

/** Asks the CRM application for what is listed to whom, and for refusals of requests that hold the canary. */
async function askCrmApplication(crm: Client): Promise<void> {
  const page = running.stack.crm.url;
  const password = 'correct horse battery';
  const hash = await hashPassword(password);
  const cookieOf = async (role: string): Promise<string> => {
    await crm.query('insert into crm.users (email, name, role, password_hash) values ($1, $2, $3, $4)', [`${role}@own.example`, role, role, hash]);
    const { headers } = await ask('POST', '/api/session', { email: `${role}@own.example`, password });
    return headers.get('set-cookie')?.split(';')[0] ?? '';
  };
  const ask = (method: string, path: string, body?: unknown, cookie = ''): Promise<Response> =>
    fetch(`${page}${path}`, {
      method,
      headers: { cookie, origin: page, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const note = async (who: string, method: string, path: string, body?: unknown, cookie = ''): Promise<void> => {
    const answer = await ask(method, path, body, cookie);
    answers[`${who}: ${method} ${path} (${answer.status})`] = await answer.text();
  };
  const { rows } = await crm.query<{ id: string }>('select id from crm.contacts where family_name = $1', [CANARY]);
  const { rows: aside } = await crm.query<{ id: string }>('select id from tidegate.quarantine limit 1');
  const [contact, quarantined] = [rows[0]?.id ?? '', aside[0]?.id ?? ''];
  await note('nobody', 'POST', '/api/session', { email: `${CANARY}@x.example`, password: CANARY });
  await note('nobody', 'GET', `/api/contacts?search=${CANARY}`);
  await note('nobody', 'GET', '/api/set-aside');
  for (const role of ['user', 'auditor'] as const) {
    const cookie = await cookieOf(role);
    for (const path of ['/api/set-aside', '/api/runs', '/api/status', `/api/set-aside/${quarantined}`]) await note(role, 'GET', path, undefined, cookie);
    await note(role, 'POST', `/api/set-aside/${quarantined}/edit`, { reason: 'to see it', values: { summary: CANARY } }, cookie);
    await note(role, 'POST', '/api/contacts', { familyName: CANARY, birthday: CANARY, emails: CANARY, nothing: CANARY }, cookie);
    await note(role, 'POST', '/api/contacts', { familyName: CANARY, accountId: crypto.randomUUID() }, cookie);
    await note(role, 'PATCH', `/api/contacts/${contact}`, { version: 999, changes: { note: CANARY, birthday: CANARY_DAY } }, cookie);
  }
}

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  running = await startStack(home, ['--contacts', '50'], {
    // Else the Schedule may order in between two of the edits below, and what should conflict does not.
    ...usualLinkByHand(home),
    TIDEGATE_METRICS_PORT: '0',
    TIDEGATE_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  const crm = await connect(running.stack.crm.databaseUrl);
  const cloud = await connect(running.stack.cloud.databaseUrl);
  // Out: a new contact, an appointment and a task with the canary in every field that holds anything personal.
  await crm.query(
    `insert into crm.contacts (given_name, family_name, company, job_title, note, birthday, emails, phones, addresses)
                   values ($1, $1, $1, $1, $1, $2, jsonb_build_array(jsonb_build_object('label', 'work', 'value', $1::text || '@x.example')),
                           jsonb_build_array(jsonb_build_object('label', $1::text, 'value', $3::text)),
                           jsonb_build_array(jsonb_build_object('label', $1::text, 'value', jsonb_build_object('street', $1::text, 'city', $1::text))))`,
    [CANARY, CANARY_DAY, CANARY_PHONE],
  );
  await crm.query(
    `update crm.appointments set summary = $1, description = $1, location = $1, attendees = jsonb_build_array(jsonb_build_object('value', $1::text || '@x.example'))
      where id = (select id from crm.appointments where not private and series_id is null order by id limit 1)`,
    [CANARY],
  );
  await crm.query(
    `update crm.tasks set subject = $1, description = $1 where id = (select id from crm.tasks where not private and contact_id is null order by id limit 1)`,
    [CANARY],
  );
  await until(async () => {
    expect((await cloud.query('select from cloud.people where last_name = $1', [CANARY])).rowCount).toBe(1);
    expect((await cloud.query('select from cloud.events where title = $1', [CANARY])).rowCount).toBe(1);
    expect((await cloud.query('select from cloud.todos where title = $1', [CANARY])).rowCount).toBe(1);
  });
  // In: edits that are taken, one that conflicts, and one that the CRM's own rule refuses.
  await cloud.query(`update cloud.people set notes = $1 || ' from the cloud', title = $1 || ' there' where last_name = $1`, [CANARY]);
  await crm.query(`update crm.contacts set job_title = $1 || ' here' where family_name = $1`, [CANARY]);
  await cloud.query(`update cloud.events set place = $1 || ' from the cloud' where title = $1`, [CANARY]);
  await cloud.query(`update cloud.todos set body = $1 || ' from the cloud' where title = $1`, [CANARY]);
  await cloud.query(
    `update cloud.events set ends_at = starts_at - interval '1 day', title = $1 || ' refused'
      where id = (select id from cloud.events where starts_at is not null and title <> $1 order by id limit 1)`,
    [CANARY],
  );
  expect((await runCli(home, ['pull', '--json'])).code).toBe(0);
  // What the command line and the CRM application tell of it, to those who may see it all and to those who may not.
  for (const command of ['status', 'runs', 'quarantine', 'approvals']) {
    const { stdout, stderr } = await runCli(home, [command, '--json']);
    answers[`tidegate ${command}`] = stdout + stderr;
  }
  await askCrmApplication(crm);
  const count = async (client: Client, sql: string) => Number((await client.query<{ n: string }>(sql, [`%${CANARY}%`])).rows[0]?.n);
  const holding = (table: string) => `select count(*) as n from ${table} t where t::text like $1 and t::text not like '% refused%'`;
  const inAll = (tables: readonly string[]) => `select sum(n)::text as n from (${tables.map(holding).join(' union all ')}) x`;
  stored = {
    crm: await count(crm, inAll(['crm.contacts', 'crm.appointments', 'crm.tasks'])),
    cloud: await count(cloud, inAll(['cloud.people', 'cloud.events', 'cloud.todos'])),
    conflicts: await count(crm, `select count(*)::text as n from tidegate.conflict c where c::text like $1`),
    setAside: await count(crm, `select count(*)::text as n from tidegate.quarantine q where q::text like $1`),
  };
  histories = await readHistories(running.stack.temporal);
  const { crmApp = '', worker = '', temporalSdk = '', producer = '' } = running.stack.metrics ?? {};
  const scrape = async (url: string) => (await fetch(url)).text();
  // What is read from a store serves for a second.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  exposed = { crmApp: await scrape(crmApp), worker: await scrape(worker), temporalSdk: await scrape(temporalSdk), producer: await scrape(producer) };
  await Promise.all(clients.map((client) => client.end()));
  await running.stop();
  spans = receiver.spans();
  lines = logFiles().flatMap(({ text }) =>
    text.split('\n').flatMap((line) => (line.startsWith('{"level"') ? [JSON.parse(line) as Record<string, unknown>] : [])),
  );
}, 180_000);
afterAll(async () => {
  await running?.stop('SIGTERM');
  receiver?.close();
  remove();
}, 60_000);

/** What each of these texts tells of a record. */
const tellingOf = (texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).map(([name, text]) => ({
    name,
    isEmpty: text.length === 0,
    tells: [CANARY, CANARY_DAY, CANARY_PHONE].filter((canary) => text.toLowerCase().includes(canary)),
  }));
const nothingOf = (texts: Readonly<Record<string, string>>) => Object.keys(texts).map((name) => ({ name, isEmpty: false, tells: [] }));

describe('the processes together', () => {
  it('tell no record content: not in logs, metrics or traces', () => {
    const all = { ...exposed, traces: receiver.text(), ...Object.fromEntries(logFiles().map(({ name, text }) => [name, text])) };
    expect(Object.keys(all).length).toBeGreaterThan(8);
    expect(tellingOf(all)).toEqual(nothingOf(all));
  });

  it('tell none in workflow histories, decoded by Temporal’s own command line, nor in Schedules', () => {
    const names = Object.keys(histories);
    expect(names.filter((name) => name.startsWith('run ')).length).toBeGreaterThanOrEqual(3);
    expect(names.filter((name) => name.startsWith('schedule ')).length).toBeGreaterThanOrEqual(2);
    // Payloads really are decoded: what they hold is found.
    expect(Object.values(histories).some((text) => text.includes('acme/development/hub') && text.includes('receiveWindow'))).toBe(true);
    expect(tellingOf(histories)).toEqual(nothingOf(histories));
  });

  it('tell none in refusals, nor in the listings of those who may not see what is in a record', () => {
    expect(Object.keys(answers).length).toBeGreaterThan(18);
    expect(
      Object.keys(answers)
        .filter((name) => name.includes('/edit') || name.includes('PATCH'))
        .every((name) => /\((40[39]|412)\)/.test(name)),
    ).toBe(true);
    expect(tellingOf(answers)).toEqual(nothingOf(answers));
  });

  it('have the canary where it belongs: in both stores, set aside, and in a conflict', () => {
    expect(stored).toEqual({ crm: 3, cloud: 3, conflicts: 1, setAside: 1 });
  });
});

describe('traces', () => {
  it('go in one from the ordering workflow through its activities and the producer into both databases', () => {
    const [order] = spans.filter(({ name }) => name === 'workflow requestReverseSync');
    const trace = spans.filter(({ traceId }) => traceId === order?.traceId);
    const byId = new Map(trace.map((span) => [span.spanId, span]));
    const pathOf = (span: ReceivedSpan): string[] => {
      const parent = byId.get(span.parentSpanId ?? '');
      return [...(parent === undefined ? [] : pathOf(parent)), `${span.service}: ${span.name}`];
    };
    const paths = trace.map((span) => pathOf(span).join(' > '));
    const reverse = 'POST /v1/links/:tenant/:environment/:link/collections/:collection/reverse';
    const fetching = [
      'tidegate-crm-worker: workflow requestReverseSync',
      'tidegate-crm-worker: activity deliverReverseMessage',
      'tidegate-crm-worker: workflow reverseSync',
      'tidegate-crm-worker: activity receiveWindow',
      'tidegate-crm-worker: window reverse',
    ].join(' > ');
    expect(paths).toContain(`${fetching} > tidegate-crm-worker: POST > tidegate-producer: ${reverse} > tidegate-producer: COPY`);
    expect(paths).toContain(`${fetching} > tidegate-crm-worker: COPY`);
    expect(paths.every((path) => path.startsWith('tidegate-crm-worker: workflow requestReverseSync'))).toBe(true);
  });

  it('of forward runs have the run’s own id, hold its windows, and nothing of what a pump asks while it waits', () => {
    const loads = spans.filter(({ name }) => name === 'activity initialLoad');
    expect(loads).toHaveLength(3);
    const [{ traceId, attributes }] = loads as [ReceivedSpan];
    expect(traceId).toBe(String(attributes['temporal.run.id']).replaceAll('-', ''));
    const windows = spans.filter((span) => span.traceId === traceId && span.name === 'window forward');
    expect(windows.length).toBeGreaterThanOrEqual(7);
    for (const { attributes: of } of windows) expect(of['tidegate.batch']).toMatch(/^[\da-f-]{36}$/);
    const [pump] = spans.filter(({ name }) => name === 'activity pumpWindows');
    expect(spans.filter(({ parentSpanId }) => parentSpanId === pump?.spanId).every(({ name }) => name === 'window forward')).toBe(true);
  });
});

/** What is told of only once there was some: these runs were not compared, no step was repeated and no revocation list is there. */
const TOLD_ONCE_IT_HAPPENS: ReadonlySet<string> = new Set([
  'tidegate_failures_total',
  'tidegate_activity_retries_total',
  'tidegate_reconciliation_differences',
  'tidegate_last_reconciliation_timestamp_seconds',
  'tidegate_revocation_list_next_update_timestamp_seconds',
  'temporal_workflow_task_execution_failed_total',
]);

describe('metrics', () => {
  const catalogue = Object.values(METRICS) as readonly MetricDefinition[];

  it.each([
    ['crmApp', 'crm-app'],
    ['worker', 'crm-worker'],
    ['producer', 'producer'],
  ] as const)('of %s are those of the catalogue', (process, part: Part) => {
    const told = [...exposed[process].matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }));
    const own = told.filter(({ name }) => name?.startsWith('tidegate_'));
    expect(own.length).toBeGreaterThan(5);
    for (const one of own) expect(catalogue).toContainEqual(expect.objectContaining({ ...one, parts: expect.arrayContaining([part]) as string[] }));
    expect(told.filter(({ name }) => !/^(tidegate|process|nodejs)_/.test(name ?? ''))).toEqual([]);
  });

  it('count the same books at both sides', () => {
    const applied = (text: string) =>
      Number(/^tidegate_records_total\{link="[^"]+",collection="contacts",direction="forward",outcome="applied"\} (\d+)$/m.exec(text)?.[1]);
    expect(applied(exposed.worker)).toBeGreaterThan(1);
    expect(applied(exposed.worker)).toBe(applied(exposed.producer));
  });

  it('show what waits, what is proved, and until when whom is believed', () => {
    const { crmApp, producer } = exposed;
    expect(crmApp).toMatch(/^tidegate_quarantine_records\{link="[^"]+",collection="appointments",direction="reverse"\} 1$/m);
    for (const direction of ['forward', 'reverse'])
      expect(crmApp).toMatch(
        new RegExp(String.raw`^tidegate_last_proven_timestamp_seconds\{link="[^"]+",collection="contacts",direction="${direction}"\} [1-9]`, 'm'),
      );
    expect(crmApp).toMatch(/^tidegate_certificate_expiry_timestamp_seconds\{certificate="own",party=""\} [1-9]/m);
    expect(producer).toMatch(/^tidegate_certificate_expiry_timestamp_seconds\{certificate="registered",party="crm:[^"]+"\} [1-9]/m);
    expect(crmApp).toMatch(/^tidegate_signing_key_expiry_timestamp_seconds\{party="cloud:[^"]+"\} [1-9]/m);
  });

  it('are all that dashboard and alert rules ask for, with the labels that they ask by', () => {
    const text = Object.values(exposed).join('\n');
    const recorded = new Set(ruleExpressions().flatMap(({ name, recorded: is }) => (is ? [name] : [])));
    const asked = [...dashboardExpressions(), ...ruleExpressions().map(({ expr }) => expr)].flatMap(selectorsIn);
    expect(asked.length).toBeGreaterThan(40);
    const catalogued = Object.values(METRICS) as readonly MetricDefinition[];
    const unknown = asked.flatMap(({ metric, labels }) => {
      // Prometheus' own of every target; and what rules record, whose expressions are among these.
      if (metric === 'up' || recorded.has(metric)) return [];
      const name = metric.replace(/_(bucket|count|sum)$/, '');
      const isTold = new RegExp(`^# TYPE ${name} `, 'm').test(text);
      const sample = new RegExp(String.raw`^${metric}(\{.*\})? `, 'm').exec(text)?.[1] ?? '';
      const known = catalogued.find((each) => each.name === name)?.labels ?? [];
      const missing = labels.filter((label) => !['job', 'instance'].includes(label) && !sample.includes(`${label}="`) && !known.some((one) => one === label));
      return (isTold || TOLD_ONCE_IT_HAPPENS.has(metric)) && missing.length === 0 ? [] : [{ metric, isTold, missing }];
    });
    expect(unknown).toEqual([]);
  });

  it('hold the Temporal SDK’s own', () => {
    expect(exposed.temporalSdk).toMatch(/^temporal_activity_execution_latency_seconds_count\{.*activity_type="receiveWindow"/m);
  });
});

describe('log lines', () => {
  it('about a window carry run and batch, about a reverse one its message, at both sides', () => {
    const of = (name: string, msg: string) => lines.filter((line) => line['name'] === name && line['msg'] === msg);
    const sent = of('crm-worker', 'window receipted');
    expect(sent.length).toBeGreaterThanOrEqual(8);
    for (const line of sent) {
      expect(line).toMatchObject({ runId: expect.stringMatching(/.+\/[\da-f-]{36}$/) as string, batchId: expect.stringMatching(/^[\da-f-]{36}$/) as string });
      expect(line).toMatchObject({ link: expect.any(String) as string, collection: expect.any(String) as string, ordinal: expect.any(Number) as number });
      if (line['direction'] === 'reverse') expect(String(line['runId']).startsWith(`${String(line['messageId'])}/`)).toBe(true);
    }
    expect(sent.some((line) => line['direction'] === 'reverse')).toBe(true);
    const applied = of('producer', 'window applied');
    const batches = new Set(sent.map((line) => line['batchId']));
    expect(applied.length).toBeGreaterThanOrEqual(7);
    for (const line of applied) expect(batches.has(line['batchId'])).toBe(true);
  });
});
