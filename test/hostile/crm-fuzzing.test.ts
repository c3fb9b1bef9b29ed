import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isErrorCode } from '../../exchange/errors.ts';
import { NO_UPDATE_PERFORMED } from '../../exchange/problem.ts';
import { PROBLEM_MEDIA_TYPE } from '../../exchange/protocol.ts';
import { TEST_LINK, type TestCrm, USER_PASSWORD, startTestCrm } from '../crm/test-crm.ts';

/*
 * Drawn requests to every endpoint that the CRM application really has (it tells its routes itself), on its port, by nobody
 * and by each role: no fault of the server, and every refusal a problem document that says that no update was performed.
 */

const RUNS_EACH = 15;
/** An answer without end; `test/crm/api/events.test.ts` has it. */
const ENDLESS = new Set(['/api/events']);
const EMAILS = { admin: 'ada@crm.example', user: 'uwe@crm.example', auditor: 'aud@crm.example' };

let crm: TestCrm;
let origin: string;
const routes: { readonly method: string; readonly url: string }[] = [];
const known: Record<string, string> = {};
const cookies: Record<string, string> = { nobody: '' };

beforeAll(async () => {
  crm = await startTestCrm({
    observe: (app) => {
      app.addHook('onRoute', ({ method, url }) => {
        for (const each of [method].flat()) if (url.startsWith('/api/') && each !== 'HEAD' && each !== 'OPTIONS') routes.push({ method: each, url });
      });
    },
  });
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
  const { rows } = await crm.admin.query<{ id: string }>(
    `insert into crm.contacts (given_name) select 'Given ' || n from generate_series(1, 3) n returning id`,
  );
  known['id'] = rows[0]?.id ?? '';
});
afterAll(() => crm[Symbol.asyncDispose]());

/** Members that some endpoint knows, with values that may or may not be what it wants. */
const NAMES = (
  'givenName familyName note emails phones addresses birthday creditLimit private version subject startsAt endsAt timeZone recurrence dueDate status priority contactId accountId email password link collection ' +
  'collections records key reason value values search page pageSize limit before after sort order all field name role'
).split(' ');

const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    'contacts',
    TEST_LINK,
    'a reason',
    '2026-05-01',
    '2026-05-01T10:00:00Z',
    'Europe/Berlin',
    'FREQ=DAILY',
    true,
    null,
    1,
    -1,
    1e308,
    '',
    0,
  ),
  fc.constantFrom<unknown>("' or 1=1 --", '=1+1', '<script>', '\u0000', '\uD800', 'x'.repeat(5000), ['contacts'], [{ value: 'a@b.example' }], {
    familyName: 'x',
  }),
  fc.constantFrom<unknown>([{ collection: 'contacts', key: ['x'] }], '9'.repeat(30), '0000-00-00', '+275760-09-13', 'infinity', 'NaN', '-0'),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }),
);
const members = fc.dictionary(
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...NAMES) }, fc.constantFrom('__proto__', 'constructor', 'toString'), fc.string()),
  value,
  {
    maxKeys: 6,
  },
);
const text = (one: unknown): string => (typeof one === 'string' ? one : JSON.stringify(one));

/** Bodies that would be taken, of which one member is altered. */
const RIGHT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  contacts: { givenName: 'Ada', familyName: 'Lovelace', emails: [{ label: 'work', value: 'a@b.example' }], phones: [], addresses: [], birthday: '1815-12-10' },
  tasks: { subject: 'Call', dueDate: '2026-05-01', dueTime: '09:00', timeZone: 'Europe/Berlin', priority: 1 },
  appointments: { summary: 'Visit', allDay: false, startsAt: '2026-05-01T10:00', endsAt: '2026-05-01T11:00', timeZone: 'Europe/Berlin' },
  synchronise: { collections: ['contacts'], records: [{ collection: 'contacts', key: ['x'] }], reason: 'a reason' },
  'set-aside': { reason: 'a reason', values: { note: 'x' } },
};
const nearlyRight = (method: string, url: string): fc.Arbitrary<object> =>
  fc.tuple(fc.nat(), value, fc.boolean()).map(([at, other, isRight]) => {
    const right = RIGHT[url.split('/')[2] ?? ''] ?? { reason: 'a reason' };
    const names = Object.keys(right);
    const altered = isRight ? right : { ...right, [names[at % names.length] ?? 'note']: other };
    return method === 'PATCH' ? { version: 1, changes: altered } : altered;
  });

const drawn = ({ method, url }: { method: string; url: string }) =>
  fc.record({
    who: fc.constantFrom('nobody', 'admin', 'admin', 'user', 'auditor'),
    part: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('known', 'random') },
      fc.constantFrom('1', '0', '-1', '9'.repeat(30), '%00', "'--", '..%2f', '%F0%9F', 'x'.repeat(150), 'A'.repeat(43)),
    ),
    query: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, members),
    body: fc.oneof(
      { weight: 8, arbitrary: members.map((body) => JSON.stringify(body)) },
      { weight: 12, arbitrary: nearlyRight(method, url).map((body) => JSON.stringify(body)) },
      fc.constantFrom('', '{', 'null', '[]', '"x"', `${'['.repeat(5000)}${']'.repeat(5000)}`, '{"version":1e999}'),
    ),
    mediaType: fc.constantFrom(
      ...Array.from({ length: 9 }, () => 'application/json'),
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
    ),
  });

/** What is wrong with an answer. */
async function faultOf(answer: Response): Promise<string | undefined> {
  const body = await answer.text();
  if (answer.status >= 500) return `${answer.status}: ${body}`;
  if (answer.status < 300) return undefined;
  const isProblem = answer.headers.get('content-type')?.startsWith(PROBLEM_MEDIA_TYPE) === true;
  if (!isProblem) return `${answer.status} as ${answer.headers.get('content-type')}`;
  const problem = JSON.parse(body) as { code: string; noUpdate: string; status: number };
  if (!isErrorCode(problem.code) || problem.status !== answer.status || problem.noUpdate !== NO_UPDATE_PERFORMED) return `${answer.status}: ${body}`;
  return /select |insert into|node_modules| {4}at /i.test(body) ? `it tells too much: ${body}` : undefined;
}

describe('drawn requests to the CRM application', () => {
  it('find every endpoint', () => {
    expect(routes.length).toBeGreaterThan(30);
    for (const url of ['/api/session', '/api/contacts', '/api/pull', '/api/conflicts/:id/keep']) expect(routes.map((route) => route.url)).toContain(url);
  });

  it('get no fault of the server, and refusals in the words of the catalogue', async () => {
    const statuses = new Map<number, number>();
    for (const { method, url } of routes.filter((route) => !ENDLESS.has(route.url) && !(route.method === 'DELETE' && route.url === '/api/session')))
      await fc.assert(
        fc.asyncProperty(drawn({ method, url }), async ({ who, part, query, body, mediaType }) => {
          const id = part === 'known' ? (known['id'] ?? '') : part === 'random' ? randomUUID() : part;
          const path = url.replaceAll(/:[a-zA-Z]+/g, () => id);
          const search = new URLSearchParams(Object.entries(query).map(([name, one]) => [name.toWellFormed(), text(one).toWellFormed()])).toString();
          const answer = await fetch(`${origin}${path}${search === '' ? '' : `?${search}`}`, {
            method,
            headers: { cookie: cookies[who] ?? '', ...(method === 'GET' ? {} : { 'content-type': mediaType }) },
            ...(method === 'GET' ? {} : { body }),
          });
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          expect({ method, url, fault: await faultOf(answer) }).toEqual({ method, url, fault: undefined });
        }),
        { numRuns: RUNS_EACH },
      );
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 401, 403, 404]));
  }, 180_000);
});
