import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { startTestCrm, type TestCrm } from '../test-crm.ts';

let crm: TestCrm;
let line: TcpProxy;
beforeAll(async () => {
  crm = await startTestCrm({
    through: async (pageUrl) => {
      const url = new URL(pageUrl);
      line = await startTcpProxy(Number(url.port));
      [url.hostname, url.port] = ['127.0.0.1', String(line.port)];
      return url.href;
    },
  });
});
afterAll(async () => {
  await crm[Symbol.asyncDispose]();
  await line[Symbol.asyncDispose]();
});

it('whatever needs the database says that it is away, and works when it is back', async () => {
  const uwe = await crm.signIn('uwe@crm.example');
  const added = await uwe('POST', '/api/contacts', { familyName: 'Hopper' });
  const { id, version } = added.json<{ id: string; version: number }>();
  const changed = { version, changes: { note: 'kept' } };
  line.set({ kind: 'cut' });
  for (const [method, path, body] of [
    ['GET', '/api/session'],
    ['GET', '/api/contacts'],
    ['GET', `/api/contacts/${id}`],
    ['GET', '/api/status'],
    ['PATCH', `/api/contacts/${id}`, changed],
  ] as const) {
    const answer = await uwe(method, path, body);
    expect([method, path, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([method, path, 503, 'database-unavailable']);
  }
  expect(line.faults).toBeGreaterThan(0);
  line.set({ kind: 'pass' });
  expect((await uwe('PATCH', `/api/contacts/${id}`, changed)).statusCode).toBe(200);
  expect((await uwe('GET', '/api/contacts?search=hopper')).json()).toMatchObject({ total: 1 });
});
