import { createHmac } from 'node:crypto';
import { type IncomingHttpHeaders, createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlarmWatch } from '../../../crm/alarms/alarm-watch.ts';
import { sendNotice } from '../../../crm/alarms/webhook.ts';
import { type Alarm, alarm } from '../../../crm/status/alarms.ts';
import { codeOf } from '../../support/code-of.ts';

const KEY = Buffer.from('a key of four and twenty bytes at the least');
const secret = `whsec_${KEY.toString('base64')}`;

interface Told {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let url: string;
let told: Told[] = [];
let status = 204;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      if (status < 300) told.push({ headers: request.headers, body });
      response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:9/' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alarms`;
});
afterAll(() => server.close());
beforeEach(() => {
  told = [];
  status = 204;
});

const stale = alarm('no-proof', 'a/b/c', 'tasks', 'forward', new Date('2026-01-01T00:00:00Z'), 600_000);

/** A watch over alarms that the test sets, telling the real receiver. */
function watching(now: { alarms: readonly Alarm[] | Error }, unreadableAfterMs = 60_000) {
  const faults: string[] = [];
  const watch = new AlarmWatch({
    judge: async () => {
      if (now.alarms instanceof Error) throw now.alarms;
      return now.alarms;
    },
    tell: (notice) => sendNotice({ url, secret }, notice),
    unreadableAfterMs,
    onFault: (what) => faults.push(what),
  });
  return { watch, faults };
}
const events = () => told.map(({ body }) => (JSON.parse(body) as { type: string }).type);

describe('a watch', () => {
  it('tells of an alarm once when it comes and once when it goes, signed', async () => {
    const now: { alarms: readonly Alarm[] } = { alarms: [stale] };
    const { watch } = watching(now);
    await watch.look();
    await watch.look();
    expect(events()).toEqual(['tidegate.alarm.raised']);
    expect(watch.alarms).toEqual([stale]);
    const [{ headers, body }] = told as [Told];
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`);
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
    expect(JSON.parse(body)).toMatchObject({
      data: {
        alarm: 'no-proof:a/b/c:forward:tasks',
        kind: 'no-proof',
        link: 'a/b/c',
        collection: 'tasks',
        since: '2026-01-01T00:00:00.000Z',
        boundMs: 600_000,
      },
    });
    now.alarms = [];
    await watch.look();
    expect(events()).toEqual(['tidegate.alarm.raised', 'tidegate.alarm.cleared']);
  });

  it('keeps what a receiver did not take, in order, and tells it again under the same id', async () => {
    const now: { alarms: readonly Alarm[] } = { alarms: [stale] };
    const { watch, faults } = watching(now);
    status = 503;
    await watch.look();
    now.alarms = [];
    await watch.look();
    expect([told, watch.untold, faults]).toEqual([[], 2, ['telling', 'telling']]);
    status = 204;
    await watch.look();
    expect([events(), watch.untold]).toEqual([['tidegate.alarm.raised', 'tidegate.alarm.cleared'], 0]);
  });

  it('keeps its alarms where the store cannot be read, and says so after the bound', async () => {
    const now: { alarms: readonly Alarm[] | Error } = { alarms: [stale] };
    const patient = watching(now);
    await patient.watch.look();
    now.alarms = new Error('away');
    await patient.watch.look();
    expect([patient.watch.alarms, patient.faults]).toEqual([[stale], ['judging']]);
    const { watch } = watching(now, 0);
    await watch.look();
    expect(watch.alarms.map(({ kind }) => kind)).toEqual(['unreadable']);
    expect(events()).toEqual(['tidegate.alarm.raised', 'tidegate.alarm.raised']);
    expect(told.at(-1)?.body).not.toContain('away');
    now.alarms = [];
    await watch.look();
    expect(watch.alarms).toEqual([]);
  });

  it('looks by itself until it is stopped', async () => {
    let looks = 0;
    const watch = new AlarmWatch({ judge: async () => (looks++, []), unreadableAfterMs: 1 });
    watch.start(1);
    await expect.poll(() => looks).toBeGreaterThan(2);
    await watch.stop();
    const then = looks;
    await watch.look();
    expect(looks).toBe(then + 1);
  });
});

it('a webhook follows no redirect, and says what it met', async () => {
  status = 302;
  const notice = { event: 'raised', at: new Date(), alarm: stale } as const;
  expect(await codeOf(sendNotice({ url, secret }, notice))).toBe('connection-failed');
  expect(await codeOf(sendNotice({ url: 'http://127.0.0.1:9/', secret }, notice))).toBe('connection-failed');
});
