import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { METRICS, type MetricDefinition, type Part } from '../../observability/metrics/catalogue.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type TestStack, makeHome, runCli, startStack } from '../support/running-stack.ts';

/*
 * Whole cycles of the real processes with everything switched on: what they tell, and that no record content is in it. The
 * canary stands in every personal field that the cycles touch, also in records that are refused.
 */

const CANARY = 'kanarienvogel';
const { home, remove } = makeHome();
const clients: Client[] = [];
let receiver: OtlpReceiver;
let running: TestStack;
let exposed: Readonly<Record<'crmApp' | 'worker' | 'temporalSdk' | 'producer', string>>;
let spans: readonly ReceivedSpan[];
let lines: readonly Record<string, unknown>[];

const connect = async (connectionString: string): Promise<Client> => {
  const client = new Client({ connectionString });
  await client.connect();
  clients.push(client);
  return client;
};
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 100 });
const logFiles = () => readdirSync(join(home, 'logs')).map((name) => ({ name, text: readFileSync(join(home, 'logs', name), 'utf8') }));

beforeAll(async () => {
  mkdirSync(home, { recursive: true });
  receiver = await startOtlpReceiver();
  running = await startStack(home, ['--contacts', '50'], {
    TIDEGATE_METRICS_PORT: '0',
    TIDEGATE_LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  const crm = await connect(running.stack.crm.databaseUrl);
  const cloud = await connect(running.stack.cloud.databaseUrl);
  // Out: a new contact.
  await crm.query(
    `insert into crm.contacts (given_name, family_name, job_title, note, emails, phones)
                   values ($1, $1, $1, $1, jsonb_build_array(jsonb_build_object('value', $1::text)), jsonb_build_array(jsonb_build_object('value', $1::text)))`,
    [CANARY],
  );
  await until(async () => expect((await cloud.query('select from cloud.people where last_name = $1', [CANARY])).rowCount).toBe(1));
  // In: an edit that is taken, one that conflicts, and one that the CRM's own rule refuses.
  await cloud.query(`update cloud.people set notes = $1 || ' from the cloud' where last_name = $1`, [CANARY]);
  await cloud.query(
    `update cloud.events set ends_at = starts_at - interval '1 day', title = $1 where id = (select id from cloud.events where starts_at is not null limit 1)`,
    [CANARY],
  );
  expect((await runCli(home, ['pull', '--json'])).code).toBe(0);
  // Asked of the CRM application: a sign-in that fails, and a search.
  const page = running.stack.crm.url;
  await fetch(`${page}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: page },
    body: JSON.stringify({ email: `${CANARY}@x.example`, password: CANARY }),
  });
  await fetch(`${page}/api/contacts?search=${CANARY}`);
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

describe('the processes together', () => {
  it('tell no record content: not in logs, metrics or traces', () => {
    const all = { ...exposed, traces: receiver.text(), ...Object.fromEntries(logFiles().map(({ name, text }) => [name, text])) };
    expect(Object.keys(all).length).toBeGreaterThan(8);
    for (const [name, text] of Object.entries(all))
      expect({ name, isEmpty: text.length === 0, tells: text.toLowerCase().includes(CANARY) }).toEqual({ name, isEmpty: false, tells: false });
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
