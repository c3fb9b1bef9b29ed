import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPLOYEE_PASSWORD, type EmployeeRequests, startTestCloudPage, type TestCloudPage } from './test-cloud-page.ts';

/* What the administrator of a tenant does with its employees, and with those of no other. */

let page: TestCloudPage;
let abe: EmployeeRequests;
beforeAll(async () => {
  page = await startTestCloudPage();
  abe = await page.signIn('abe@acme.example');
});
afterAll(() => page[Symbol.asyncDispose]());

interface Account {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly disabledAt: string | null;
  readonly sessions: number;
  readonly password?: string;
}
const all = async () => (await abe('GET', '/api/employees')).json<{ rows: Account[] }>().rows;
interface Act {
  readonly id: string;
  readonly at: string;
  readonly act: string;
}
const acts = async (query = '') => (await abe('GET', `/api/employees/acts${query}`)).json<{ rows: Act[]; total: number }>();
const idOf = async (email: string) => (await all()).find((one) => one.email === email)?.id ?? '';
const attempt = (email: string, password: string) => page.app.inject({ method: 'POST', url: '/api/session', payload: { email, password } });
const kept = async (email: string) =>
  (await page.store.admin.query('select tenant, role, disabled_at is not null as disabled from cloud.employees where email = $1', [email])).rows;

describe('employees', () => {
  it('are listed, of the own tenant alone, without what opens the door', async () => {
    const answer = await abe('GET', '/api/employees');
    expect(answer.json<{ rows: Account[] }>().rows.map(({ email, role }) => [email, role])).toEqual([
      ['abe@acme.example', 'administrator'],
      ['kim@acme.example', 'editor'],
      ['rea@acme.example', 'reader'],
    ]);
    expect(answer.body).not.toMatch(/argon2|globex/);
  });

  it('are added with a password that opens nothing until another was chosen', async () => {
    const answer = await abe('POST', '/api/employees', { email: ' Noor@acme.example ', name: 'Noor', role: 'reader' });
    const added = answer.json<Account>();
    expect([answer.statusCode, added.email, added.role]).toEqual([201, 'noor@acme.example', 'reader']);
    const entered = await attempt('noor@acme.example', added.password ?? '');
    expect(entered.json()).toMatchObject({ user: { tenant: 'acme', mustChangePassword: true } });
    const cookies = Object.fromEntries(entered.cookies.map(({ name, value }) => [name, value]));
    const noor = (method: 'GET' | 'PUT', url: string, payload?: object) =>
      page.app.inject({ method, url, cookies, ...(payload === undefined ? {} : { payload }) });
    expect((await noor('GET', '/api/collections')).json()).toMatchObject({ code: 'password-change-needed' });
    expect((await noor('PUT', '/api/session/password', { current: added.password, next: 'seven brown kettles sing' })).statusCode).toBe(204);
    expect((await noor('GET', '/api/collections')).statusCode).toBe(200);
    expect((await acts()).rows[0]).toMatchObject({ act: 'password-changed', employee: 'noor@acme.example', by: 'noor@acme.example' });
    expect((await abe('POST', '/api/employees', { email: 'NOOR@acme.example', name: 'Again', role: 'editor' })).json()).toMatchObject({ code: 'user-exists' });
    expect(await kept('noor@acme.example')).toEqual([{ tenant: 'acme', role: 'reader', disabled: false }]);
  });

  it.each([
    { email: 'nobody', name: 'N', role: 'reader' },
    { email: 'n@acme.example', name: ' ', role: 'reader' },
    { email: 'n@acme.example', name: 'N', role: 'owner' },
    { email: 'n@acme.example', name: 'N', role: 'reader', tenant: 'globex' },
  ])('are not added with what cannot be right: %j', async (body) => {
    expect((await abe('POST', '/api/employees', body)).statusCode).toBe(400);
    expect(await kept(body.email)).toEqual([]);
  });

  it('get other roles, which hold at once', async () => {
    const kim = await page.signIn('kim@acme.example');
    const id = await idOf('kim@acme.example');
    expect((await abe('PATCH', `/api/employees/${id}`, { role: 'reader' })).json()).toMatchObject({ role: 'reader' });
    expect((await kim('POST', '/api/records/contacts', { values: { givenName: 'No' } })).json()).toMatchObject({ code: 'not-allowed' });
    await abe('PATCH', `/api/employees/${id}`, { role: 'editor' });
    expect((await kim('POST', '/api/records/contacts', { values: { givenName: 'Yes' } })).statusCode).toBe(201);
    expect((await kim('PATCH', `/api/employees/${id}`, { role: 'administrator' })).json()).toMatchObject({ code: 'not-allowed' });
    expect(await kept('kim@acme.example')).toEqual([{ tenant: 'acme', role: 'editor', disabled: false }]);
  });

  it('are blocked and let in again', async () => {
    const rea = await page.signIn('rea@acme.example');
    const id = await idOf('rea@acme.example');
    expect((await abe('POST', `/api/employees/${id}/disable`)).json()).toMatchObject({ sessions: 0 });
    expect((await rea('GET', '/api/session')).statusCode).toBe(401);
    expect((await attempt('rea@acme.example', EMPLOYEE_PASSWORD)).statusCode).toBe(401);
    expect(await kept('rea@acme.example')).toEqual([{ tenant: 'acme', role: 'reader', disabled: true }]);
    await abe('POST', `/api/employees/${id}/enable`);
    expect((await attempt('rea@acme.example', EMPLOYEE_PASSWORD)).statusCode).toBe(200);
  });

  it('get new passwords and are signed out everywhere', async () => {
    await page.addEmployee('acme', 'zoe@acme.example');
    const zoe = await page.signIn('zoe@acme.example');
    const id = await idOf('zoe@acme.example');
    expect((await abe('POST', `/api/employees/${id}/sign-out`)).json()).toMatchObject({ sessions: 0 });
    expect((await zoe('GET', '/api/session')).statusCode).toBe(401);
    const { password = '' } = (await abe('POST', `/api/employees/${id}/reset-password`)).json<Account>();
    expect((await attempt('zoe@acme.example', EMPLOYEE_PASSWORD)).statusCode).toBe(401);
    expect((await attempt('zoe@acme.example', password)).json()).toMatchObject({ user: { mustChangePassword: true } });
  });

  it('are signed in where a session is not over, and that often', async () => {
    await page.addEmployee('acme', 'sam@acme.example');
    for (let i = 0; i < 3; i++) await page.signIn('sam@acme.example');
    const sessions = async () => (await all()).find(({ email }) => email === 'sam@acme.example')?.sessions;
    expect(await sessions()).toBe(3);
    await page.store.admin.query(
      `update cloud.sessions set expires_at = now() - interval '1 second'
        where id in (select s.id from cloud.sessions s join cloud.employees e on e.id = s.employee_id where e.email = 'sam@acme.example' limit 2)`,
    );
    expect(await sessions()).toBe(1);
  });

  it('keep one administrator, who is neither blocked nor given another role', async () => {
    const id = await idOf('abe@acme.example');
    // Neither one who is blocked nor another tenant's is one who could let anybody in here.
    await page.addEmployee('acme', 'off@acme.example', 'administrator');
    await page.store.admin.query(`update cloud.employees set disabled_at = now() where email = 'off@acme.example'`);
    await page.addEmployee('globex', 'gil@globex.example', 'administrator');
    for (const [method, path, body] of [
      ['POST', `/api/employees/${id}/disable`, undefined],
      ['PATCH', `/api/employees/${id}`, { role: 'editor' }],
    ] as const)
      expect((await abe(method, path, body)).json()).toMatchObject({ code: 'last-administrator' });
    expect(await kept('abe@acme.example')).toEqual([{ tenant: 'acme', role: 'administrator', disabled: false }]);
  });

  it('are told apart by what was done with each, by whom, in a list that only grows', async () => {
    const since = (await acts()).total;
    const { id } = (await abe('POST', '/api/employees', { email: 'pia@acme.example', name: 'Pia', role: 'editor' })).json<Account>();
    await abe('PATCH', `/api/employees/${id}`, { role: 'reader' });
    // What changes nothing, or is refused, was not done.
    await abe('PATCH', `/api/employees/${id}`, { role: 'reader' });
    await abe('POST', `/api/employees/${id}/enable`);
    await abe('POST', `/api/employees/${await idOf('abe@acme.example')}/disable`);
    await abe('POST', '/api/employees', { email: 'pia@acme.example', name: 'Again', role: 'editor' });
    for (const act of ['disable', 'enable', 'sign-out', 'reset-password']) await abe('POST', `/api/employees/${id}/${act}`);
    const { rows, total } = await acts('?size=6');
    const pia = { employee: 'pia@acme.example', by: 'abe@acme.example', role: null, fromRole: null };
    expect(rows.map(({ id: _id, at: _at, ...act }) => act)).toEqual([
      { ...pia, act: 'password-reset' },
      { ...pia, act: 'signed-out' },
      { ...pia, act: 'enabled' },
      { ...pia, act: 'disabled' },
      { ...pia, act: 'role-changed', role: 'reader', fromRole: 'editor' },
      { ...pia, act: 'added', role: 'editor' },
    ]);
    expect(total).toBe(since + 6);
    expect((await acts('?page=2&size=1')).rows).toEqual([rows[1]]);
    expect((await abe('GET', '/api/employees/acts?size=1000')).statusCode).toBe(400);
    expect(JSON.stringify(rows)).not.toContain('argon2');
    // Nor does anybody read those of another tenant.
    await page.addEmployee('globex', 'gus@globex.example', 'administrator');
    const gus = await page.signIn('gus@globex.example');
    expect((await gus('GET', '/api/employees/acts')).json()).toEqual({ rows: [], total: 0 });
  });

  it('of another tenant are not there', async () => {
    const { rows } = await page.store.admin.query<{ id: string }>(`select id from cloud.employees where email = 'glo@globex.example'`);
    for (const id of [rows[0]?.id, randomUUID()])
      for (const [method, path, body] of [
        ['PATCH', `/api/employees/${id}`, { role: 'reader' }],
        ['POST', `/api/employees/${id}/disable`, undefined],
        ['POST', `/api/employees/${id}/reset-password`, undefined],
      ] as const)
        expect((await abe(method, path, body)).json()).toMatchObject({ code: 'record-not-found' });
    expect(await kept('glo@globex.example')).toEqual([{ tenant: 'globex', role: 'editor', disabled: false }]);
    expect((await attempt('glo@globex.example', EMPLOYEE_PASSWORD)).statusCode).toBe(200);
  });
});
