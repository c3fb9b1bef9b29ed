import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Permission, may, roleSchema } from '../../crm/users/roles.ts';
import { addRun, clash, openLink, setAside } from '../crm/control-plane.ts';
import { type TestCrm, USER_PASSWORD, startTestCrm } from '../crm/test-crm.ts';
import { type Answer, type Operation, readApi, requestsOf } from '../support/openapi.ts';
import { type SentRequest, drawnRequests, sendDrawn } from './page-api.ts';

/*
 * Requests drawn from docs/crm-api.json to the CRM application on its port, by nobody and by each role: no fault of the server,
 * and no answer, status or code that the document does not tell of.
 */

const RUNS_EACH = 8;
/** Whose schemas have rules that JSON Schema has no words for: days and times that belong together, one member of three, what a trimmed text has to be. */
const MORE_RULES = new Set(['createAppointment', 'readCalendar', 'synchronise', 'addUser']);
/** An answer without end (`test/crm/api/events.test.ts` has it), and what would end the sessions of the others. */
const LEFT_OUT = new Set(['streamEvents', 'signOut']);
const EMAILS = { 'integration-admin': 'ada@crm.example', user: 'uwe@crm.example', auditor: 'aud@crm.example' };

const api = readApi('crm-api.json');
const operations = api.operations.filter(({ operationId }) => !LEFT_OUT.has(operationId)).map((operation) => ({ operation, name: operation.operationId }));
let crm: TestCrm;
let origin: string;
/** What stands under `{id}`, by the path before it. */
const known: Record<string, string> = {};
const cookies: Record<string, string> = { nobody: '' };

beforeAll(async () => {
  crm = await startTestCrm();
  await crm.app.listen({ host: '127.0.0.1', port: 0 });
  origin = `http://127.0.0.1:${(crm.app.server.address() as AddressInfo).port}`;
  for (const [role, email] of Object.entries(EMAILS)) {
    const answer = await fetch(`${origin}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: USER_PASSWORD }),
    });
    cookies[role] = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  }
  const [contact] = (
    await crm.admin.query<{ id: string }>(`insert into crm.contacts (given_name) select 'Given ' || n from generate_series(1, 3) n returning id`)
  ).rows;
  known['/api/contacts'] = contact?.id ?? '';
  await crm.addUser('zoe@crm.example', 'user');
  const [zoe] = (await crm.admin.query<{ id: string }>(`select id from crm.users where email like 'zoe@%'`)).rows;
  known['/api/users'] = zoe?.id ?? '';
  await openLink(crm.admin);
  await clash(crm.admin, 'contacts', contact?.id ?? '', 'note');
  await setAside(crm.admin, 'contacts', contact?.id ?? '');
  await addRun(crm.admin, 'reverse-sync/1', 'reverse');
});
afterAll(() => crm[Symbol.asyncDispose]());

const knownOf = ({ path }: Operation) => ({ id: known[path.split('/{')[0] ?? ''] ?? '1' });

describe('requests drawn from the OpenAPI document of the CRM’s API', () => {
  const statuses = new Set<number>();

  it.concurrent.each(operations)('to $name get answers that it documents', async ({ operation, name }) => {
    const ask = async (request: SentRequest): Promise<Answer> => {
      const answer = await sendDrawn(origin, operation, request, cookies[request.who] ?? '');
      statuses.add(answer.status);
      expect([...api.undocumented(operation, answer), ...(answer.status >= 500 ? [answer.body] : [])]).toEqual([]);
      return answer;
    };
    await fc.assert(
      fc.asyncProperty(drawnRequests(api, operation, Object.keys(cookies), knownOf(operation)), async (request) => void (await ask(request))),
      {
        numRuns: RUNS_EACH,
      },
    );
    // What the document allows is understood: one of some requests at least, always the same ones.
    const allowed = fc.sample(requestsOf(api, operation, knownOf(operation)), { numRuns: 40, seed: 7 });
    let isUnderstood = false;
    for (const { path, body } of allowed) {
      const sent = { who: 'integration-admin', path, body: body === undefined ? '' : JSON.stringify(body), mediaType: 'application/json' };
      isUnderstood = (await ask(sent)).status !== 400;
      if (isUnderstood) break;
    }
    if (!MORE_RULES.has(name)) expect(isUnderstood).toBe(true);
  });

  it('were taken and refused for many reasons', () => {
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 202, 400, 401, 403, 404, 415]));
  });

  it('need the permission that it names, and no other', async () => {
    const wrong: string[] = [];
    for (const { operation, name } of operations) {
      const permission = /permission `([\w-]+)`/.exec(operation.description ?? '')?.[1] as Permission | undefined;
      if (permission === undefined) continue;
      for (const role of ['nobody', ...roleSchema.options] as const) {
        const request = { who: role, path: operation.path.replaceAll(/\{\w+\}/g, '0'), body: '', mediaType: '' };
        const { body } = await sendDrawn(origin, operation, request, cookies[role] ?? '');
        const refused = /"code":"(not-signed-in|not-allowed)"/.exec(body)?.[1];
        const expected = role === 'nobody' ? 'not-signed-in' : may(role, permission) ? undefined : 'not-allowed';
        if (refused !== expected) wrong.push(`${name} as ${role}: ${refused}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
