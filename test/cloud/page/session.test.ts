import { randomUUID } from 'node:crypto';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveFirstPassword, givePassword } from '../../../cloud/employees/passwords.ts';
import { createPool } from '../../../adaptor/data/pool.ts';
import { codeOf } from '../../support/code-of.ts';
import { EMPLOYEE_PASSWORD, startTestCloudPage, type TestCloudPage } from './test-cloud-page.ts';

/** Every route of the running API and the right that it takes; one that is not here fails the first test. */
const RIGHTS: Readonly<Record<string, 'open' | 'read' | 'edit' | 'administer'>> = {
  'GET /api/session': 'read',
  'GET /api/session/ways': 'open',
  'POST /api/session': 'open',
  'DELETE /api/session': 'open',
  'PUT /api/session/password': 'read',
  'GET /api/session/openid': 'open',
  'GET /api/session/openid/callback': 'open',
  'GET /api/collections': 'read',
  'GET /api/records/:collection': 'read',
  'GET /api/records/:collection/calendar': 'read',
  'GET /api/records/:collection/one': 'read',
  'POST /api/records/:collection': 'edit',
  'PATCH /api/records/:collection': 'edit',
  'POST /api/records/:collection/remove': 'edit',
  'GET /api/employees': 'administer',
  'GET /api/employees/acts': 'administer',
  'POST /api/employees': 'administer',
  'PATCH /api/employees/:id': 'administer',
  'POST /api/employees/:id/disable': 'administer',
  'POST /api/employees/:id/enable': 'administer',
  'POST /api/employees/:id/sign-out': 'administer',
  'POST /api/employees/:id/reset-password': 'administer',
};

const routes: string[] = [];
let page: TestCloudPage;
beforeAll(async () => {
  const observe = (app: FastifyInstance): void => {
    app.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) if (url.startsWith('/api') && each !== 'HEAD') routes.push(`${each} ${url}`);
    });
  };
  page = await startTestCloudPage({ observe });
});
afterAll(() => page[Symbol.asyncDispose]());

const attempt = (email: string, password: string, headers: Record<string, string> = {}) =>
  page.app.inject({ method: 'POST', url: '/api/session', payload: { email, password }, headers });

describe('every route of the cloud’s page', () => {
  it('has a right that it takes', () => {
    expect(routes.toSorted()).toEqual(Object.keys(RIGHTS).toSorted());
  });

  it.each([
    ['nobody', undefined],
    ['a reader', 'rea@acme.example'],
    ['an editor', 'kim@acme.example'],
    ['an administrator', 'abe@acme.example'],
  ] as const)('is open to %s exactly where the right is there', async (_who, email) => {
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      const requests = email === undefined ? undefined : await page.signIn(email);
      const url = path.replace(':collection', 'contacts').replace(':id', randomUUID());
      const body = method === 'GET' || method === 'DELETE' ? undefined : { nonsense: true };
      const answer = await (requests?.(method as NonNullable<InjectOptions['method']>, url, body) ??
        page.app.inject({ method: method as 'GET', url, ...(body === undefined ? {} : { payload: body }) }));
      const { code } = answer.body === '' ? { code: '' } : answer.json<{ code?: string }>();
      const right = RIGHTS[route] ?? 'open';
      const may = { rea: ['read'], kim: ['read', 'edit'], abe: ['read', 'edit', 'administer'] }[email?.slice(0, 3) ?? ''] ?? [];
      const expected = right === 'open' ? undefined : email === undefined ? 'not-signed-in' : may.includes(right) ? undefined : 'not-allowed';
      if (expected === undefined) expect([route, code === 'not-signed-in' || code === 'not-allowed']).toEqual([route, false]);
      else expect([route, code]).toEqual([route, expected]);
    }
  });
});

describe('signing in', () => {
  it('gives a session of the cloud’s own, that scripts and other sites cannot use', async () => {
    const answer = await attempt('Kim@acme.example', EMPLOYEE_PASSWORD);
    expect(answer.json()).toEqual({ user: { tenant: 'acme', email: 'kim@acme.example', name: 'kim', role: 'editor', mustChangePassword: false } });
    expect(answer.cookies[0]).toMatchObject({ name: 'tidegate-cloud-session', httpOnly: true, sameSite: 'Strict', path: '/' });
    const { rows } = await page.store.admin.query<{ id: string }>('select id from cloud.sessions');
    expect(rows.every(({ id }) => /^[0-9a-f]{64}$/.test(id))).toBe(true);
  });

  it.each([
    ['a wrong password', 'rea@acme.example', 'wrong'],
    ['an unknown employee', 'nobody@acme.example', EMPLOYEE_PASSWORD],
    ['a pattern', '%', EMPLOYEE_PASSWORD],
  ])('is refused for %s, with the same words', async (_what, email, password) => {
    const answer = await attempt(email, password);
    expect(answer.json()).toMatchObject({ status: 401, code: 'sign-in-failed', detail: 'The e-mail address or the password is wrong.' });
    expect(answer.cookies).toEqual([]);
  });

  it('is closed after many wrong attempts', async () => {
    await page.addEmployee('acme', 'zoe@acme.example');
    for (let i = 0; i < 10; i++) await attempt('zoe@acme.example', 'wrong');
    expect((await attempt('zoe@acme.example', EMPLOYEE_PASSWORD)).json()).toMatchObject({ code: 'too-many-attempts' });
  });

  it('is by the password where two tenants have the same address', async () => {
    await page.addEmployee('acme', 'both@example.org');
    await page.addEmployee('globex', 'both@example.org');
    const door = createPool(page.store.database.urls.cloud_page, { applicationName: 'test', maxConnections: 1 });
    const { password } = await givePassword(door, { tenant: 'globex', email: 'both@example.org', by: 'operator' });
    await door.end();
    expect((await attempt('both@example.org', password)).json()).toMatchObject({ user: { tenant: 'globex' } });
    expect((await attempt('both@example.org', EMPLOYEE_PASSWORD)).json()).toMatchObject({ user: { tenant: 'acme' } });
  });

  it('ends at once for an employee who is disabled', async () => {
    await page.addEmployee('acme', 'leo@acme.example');
    const leo = await page.signIn('leo@acme.example');
    expect((await leo('GET', '/api/collections')).statusCode).toBe(200);
    await page.store.admin.query(`update cloud.employees set disabled_at = now() where email = 'leo@acme.example'`);
    expect((await leo('GET', '/api/collections')).statusCode).toBe(401);
    expect((await attempt('leo@acme.example', EMPLOYEE_PASSWORD)).statusCode).toBe(401);
  });

  it('keeps another site’s writes out', async () => {
    const kim = await page.signIn('kim@acme.example');
    const forged = await kim('POST', '/api/records/contacts', { values: { givenName: 'Forged' } }, { 'sec-fetch-site': 'cross-site' });
    expect(forged.json()).toMatchObject({ code: 'cross-site' });
    expect((await page.store.admin.query(`select from cloud.people where first_name = 'Forged'`)).rowCount).toBe(0);
  });

  it('lets employees choose their own password, by the rules', async () => {
    await page.addEmployee('acme', 'mia@acme.example');
    const [here, there] = [await page.signIn('mia@acme.example'), await page.signIn('mia@acme.example')];
    const change = (current: string, next: string) => here('PUT', '/api/session/password', { current, next });
    expect((await change(EMPLOYEE_PASSWORD, 'short')).json()).toMatchObject({ code: 'password-refused', facts: { rule: 'short' } });
    expect((await change('wrong', 'seven brown kettles sing')).json()).toMatchObject({ code: 'sign-in-failed' });
    expect((await change(EMPLOYEE_PASSWORD, 'seven brown kettles sing')).statusCode).toBe(204);
    expect((await there('GET', '/api/session')).statusCode).toBe(401);
    expect((await attempt('mia@acme.example', 'seven brown kettles sing')).statusCode).toBe(200);
  });

  it('changes an own password once where two changes come at once: what was told is what holds', async () => {
    await page.addEmployee('acme', 'ivy@acme.example');
    const sessions = await Promise.all([page.signIn('ivy@acme.example'), page.signIn('ivy@acme.example')]);
    const wanted = ['seven brown kettles sing', 'nine green ladders hum'];
    const answers = await Promise.all(
      sessions.map((requests, i) => requests('PUT', '/api/session/password', { current: EMPLOYEE_PASSWORD, next: wanted[i] ?? '' })),
    );
    const taken = answers.findIndex(({ statusCode }) => statusCode === 204);
    expect(answers.filter(({ statusCode }) => statusCode === 204)).toHaveLength(1);
    for (const [i, password] of wanted.entries()) expect((await attempt('ivy@acme.example', password)).statusCode).toBe(i === taken ? 200 : 401);
    const acts = await page.store.admin.query(`select act from cloud.employee_acts where employee = 'ivy@acme.example' and act = 'password-changed'`);
    expect(acts.rows).toHaveLength(1);
  });

  it('takes no own password that one has already, or is called by', async () => {
    await page.addEmployee('acme', 'marguerite.lovelace@acme.example');
    const requests = await page.signIn('marguerite.lovelace@acme.example');
    for (const [next, rule] of [
      [EMPLOYEE_PASSWORD, 'same'],
      ['marguerite.lovelace', 'guessable'],
    ])
      expect((await requests('PUT', '/api/session/password', { current: EMPLOYEE_PASSWORD, next })).json()).toMatchObject({
        code: 'password-refused',
        facts: { rule },
      });
    expect((await attempt('marguerite.lovelace@acme.example', EMPLOYEE_PASSWORD)).statusCode).toBe(200);
  });

  it('guards the current password against guessing as the door is guarded', async () => {
    await page.addEmployee('acme', 'tom@acme.example');
    const tom = await page.signIn('tom@acme.example');
    const change = (current: string) => tom('PUT', '/api/session/password', { current, next: 'seven brown kettles sing' });
    for (let i = 0; i < 10; i++) expect((await change('wrong')).json()).toMatchObject({ code: 'sign-in-failed' });
    expect((await change(EMPLOYEE_PASSWORD)).json()).toMatchObject({ status: 429, code: 'too-many-attempts' });
  });
});

describe('a session', () => {
  it('ends at the server when its employee signs out, and that one alone', async () => {
    await page.addEmployee('acme', 'una@acme.example');
    const [here, there] = [await page.signIn('una@acme.example'), await page.signIn('una@acme.example')];
    const left = await here('DELETE', '/api/session');
    expect([left.statusCode, left.cookies[0]?.value]).toEqual([204, '']);
    // Whoever kept the cookie gets nowhere with it.
    expect((await here('GET', '/api/collections')).json()).toMatchObject({ code: 'not-signed-in' });
    expect((await there('GET', '/api/collections')).statusCode).toBe(200);
    expect((await page.app.inject({ method: 'DELETE', url: '/api/session' })).statusCode).toBe(204);
  });

  it('ends by itself, and is forgotten when the next one begins', async () => {
    await page.addEmployee('acme', 'ben@acme.example');
    const ben = await page.signIn('ben@acme.example');
    const ended = `update cloud.sessions s set expires_at = now() - interval '1 second' from cloud.employees e
                    where e.id = s.employee_id and e.email = 'ben@acme.example' returning s.id`;
    const { rows } = await page.store.admin.query<{ id: string }>(ended);
    expect(rows).toHaveLength(1);
    expect((await ben('GET', '/api/session')).json()).toMatchObject({ code: 'not-signed-in' });
    expect((await ben('GET', '/api/collections')).statusCode).toBe(401);
    await page.signIn('ben@acme.example');
    expect((await page.store.admin.query('select from cloud.sessions where id = $1', [rows[0]?.id])).rowCount).toBe(0);
  });
});

describe('the first employee', () => {
  it('gets a password once, however often it is asked', async () => {
    const door = createPool(page.store.database.urls.cloud_page, { applicationName: 'test', maxConnections: 2 });
    await page.store.admin.query(`insert into cloud.employees (tenant, email, name) values ('new', 'b@new.example', 'B'), ('new', 'a@new.example', 'A')`);
    const first = await giveFirstPassword(door, 'new');
    expect(first).toMatchObject({ email: 'a@new.example' });
    expect((await attempt('a@new.example', first?.password ?? '')).statusCode).toBe(200);
    expect(await giveFirstPassword(door, 'new')).toBeUndefined();
    expect(await giveFirstPassword(door, 'empty')).toMatchObject({ email: 'employee@empty.example' });
    expect(await giveFirstPassword(door, 'empty')).toBeUndefined();
    // Somebody has to say who else may.
    const { rows } = await page.store.admin.query(`select email, role from cloud.employees where tenant in ('new', 'empty') order by email`);
    expect(rows).toEqual([
      { email: 'a@new.example', role: 'administrator' },
      { email: 'b@new.example', role: 'editor' },
      { email: 'employee@empty.example', role: 'administrator' },
    ]);
    const acts = await page.store.admin.query(`select act, employee, role from cloud.employee_acts where acted_by = 'first start' order by created_at, act`);
    expect(acts.rows).toEqual([
      { act: 'role-changed', employee: 'a@new.example', role: 'administrator' },
      { act: 'password-reset', employee: 'a@new.example', role: null },
      { act: 'added', employee: 'employee@empty.example', role: 'editor' },
      { act: 'role-changed', employee: 'employee@empty.example', role: 'administrator' },
      { act: 'password-reset', employee: 'employee@empty.example', role: null },
    ]);
    expect(await codeOf(givePassword(door, { tenant: 'new', email: 'c@new.example', by: 'operator' }))).toBe('record-not-found');
    await door.end();
  });
});

describe('the roles of the page', () => {
  const refusedTo = async (role: 'cloud_user' | 'cloud_page', statement: string): Promise<string> => {
    const pool = createPool(page.store.database.urls[role], { applicationName: 'test', maxConnections: 1 });
    try {
      return await pool.query(statement).then(
        () => 'done',
        (error: { code?: string }) => error.code ?? '',
      );
    } finally {
      await pool.end();
    }
  };

  it('are apart: who works on records sees no credential, and who signs in sees no record', async () => {
    for (const table of ['credentials', 'sessions']) expect(await refusedTo('cloud_user', `select from cloud.${table}`)).toBe('42501');
    for (const table of ['people', 'events', 'todos']) expect(await refusedTo('cloud_page', `select from cloud.${table}`)).toBe('42501');
    expect(await refusedTo('cloud_page', 'select from tidegate.change_log')).toBe('42501');
    expect(await refusedTo('cloud_user', `update cloud.employees set role = 'editor'`)).toBe('42501');
    expect(await refusedTo('cloud_page', `update cloud.employees set tenant = 'globex'`)).toBe('42501');
  });
});
