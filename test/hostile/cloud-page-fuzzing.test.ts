import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPLOYEE_PASSWORD, type TestCloudPage, startTestCloudPage } from '../cloud/page/test-cloud-page.ts';
import { type Answer, type Operation, readApi, requestsOf } from '../support/openapi.ts';
import { type SentRequest, drawnRequests, sendDrawn } from './page-api.ts';

/*
 * Requests drawn from docs/cloud-page-api.json to the third party's page on its port, by nobody, an editor and a reader: no fault
 * of the server, and no answer, status or code that the document does not tell of.
 */

const RUNS_EACH = 15;
/** It would end the session of the others. */
const LEFT_OUT = new Set(['signOut']);
const EMAILS = { editor: 'kim@acme.example', reader: 'rea@acme.example' };

const api = readApi('cloud-page-api.json');
const operations = api.operations.filter(({ operationId }) => !LEFT_OUT.has(operationId)).map((operation) => ({ operation, name: operation.operationId }));
let page: TestCloudPage;
let origin: string;
const cookies: Record<string, string> = { nobody: '' };

beforeAll(async () => {
  page = await startTestCloudPage();
  await page.app.listen({ host: '127.0.0.1', port: 0 });
  origin = `http://127.0.0.1:${(page.app.server.address() as AddressInfo).port}`;
  for (const [role, email] of Object.entries(EMAILS)) {
    const answer = await fetch(`${origin}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: EMPLOYEE_PASSWORD }),
    });
    cookies[role] = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  }
});
afterAll(() => page[Symbol.asyncDispose]());

describe('requests drawn from the OpenAPI document of the third party’s page', () => {
  const statuses = new Set<number>();
  const ask = async (operation: Operation, request: SentRequest): Promise<Answer> => {
    const answer = await sendDrawn(origin, operation, request, cookies[request.who] ?? '');
    statuses.add(answer.status);
    expect([...api.undocumented(operation, answer), ...(answer.status >= 500 ? [answer.body] : [])]).toEqual([]);
    return answer;
  };

  it.concurrent.each(operations)('to $name get answers that it documents', async ({ operation }) => {
    const known = { collection: 'contacts' };
    await fc.assert(
      fc.asyncProperty(drawnRequests(api, operation, Object.keys(cookies), known), async (request) => void (await ask(operation, request))),
      {
        numRuns: RUNS_EACH,
      },
    );
    for (const { path, body } of fc.sample(requestsOf(api, operation, known), { numRuns: 10, seed: 7 }))
      await ask(operation, { who: 'editor', path, body: body === undefined ? '' : JSON.stringify(body), mediaType: 'application/json' });
    expect(statuses.size).toBeGreaterThan(0);
  });

  it('about records that are there get answers that it documents too', async () => {
    const find = (name: string) => operations.find((each) => each.name === name)?.operation as Operation;
    const send = (name: string, path: string, body?: object) =>
      ask(find(name), { who: 'editor', path, body: body === undefined ? '' : JSON.stringify(body), mediaType: 'application/json' });
    const at = '/api/records/contacts';
    const json = ({ body }: Answer) => JSON.parse(body) as { key: Record<string, string>; version: string };
    const created = await send('createRecord', at, { values: { givenName: 'Ada', emails: '[]' } });
    expect(created.status).toBe(201);
    const { key, version } = json(created);
    expect((await send('readRecord', `${at}/one?key=${encodeURIComponent(JSON.stringify(key))}`)).status).toBe(200);
    const changed = await send('changeRecord', at, { key, version, set: { givenName: 'Augusta' } });
    expect(changed.status).toBe(200);
    for (const set of [{ givenName: '\u0000' }, { emails: 'no JSON' }, { emails: null }, { id: 'x' }])
      await send('changeRecord', at, { key, version: json(changed).version, set });
    expect((await send('changeRecord', at, { key, version, set: { givenName: 'Late' } })).status).toBe(412);
    for (const bad of [{ id: 'no id' }, { id: '\u0000' }, {}]) {
      await send('readRecord', `${at}/one?key=${encodeURIComponent(JSON.stringify(bad))}`);
      await send('removeRecord', `${at}/remove`, { key: bad, version });
    }
    expect((await send('removeRecord', `${at}/remove`, { key, version: json(changed).version })).status).toBe(204);
  });

  it('were taken and refused for many reasons', () => {
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 415]));
  });
});
