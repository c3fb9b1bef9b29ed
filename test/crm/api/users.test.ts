import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Requests, startTestCrm, type TestCrm, USER_PASSWORD } from '../test-crm.ts';

interface Account {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly sessions: number;
}

let crm: TestCrm;
let ada: Requests;
beforeAll(async () => {
  crm = await startTestCrm();
});
beforeEach(async () => {
  await crm.admin.query(`delete from crm.users where email not in ('ada@crm.example', 'uwe@crm.example', 'aud@crm.example'); truncate tidegate.audit_event`);
  ada = await crm.signIn('ada@crm.example');
});
afterAll(() => crm[Symbol.asyncDispose]());

const OWN_PASSWORD = 'seven brown kettles sing';

const attempt = (email: string, password: string) => crm.app.inject({ method: 'POST', url: '/api/session', payload: { email, password } });
const idOf = async (email: string): Promise<string> =>
  (await crm.admin.query<{ id: string }>('select id from crm.users where email = $1', [email])).rows[0]?.id ?? '';
const noted = async (): Promise<unknown[]> =>
  (await crm.admin.query(`select event, subject, facts from tidegate.audit_event where event not in ('user-signed-in') order by id`)).rows;

async function add(email: string, role = 'user'): Promise<Account> {
  const answer = await ada('POST', '/api/users', { email, name: 'Noor Haddad', role });
  expect(answer.statusCode).toBe(201);
  return answer.json<Account>();
}

describe('administration of users', () => {
  it('adds a user whose given password opens only the way to an own one', async () => {
    const { email, password } = await add('Noor@CRM.example');
    expect(email).toBe('noor@crm.example');
    const first = await attempt(email, password);
    expect(first.json()).toMatchObject({ user: { email, mustChangePassword: true } });
    const cookies = Object.fromEntries(first.cookies.map(({ name, value }) => [name, value]));
    expect((await crm.app.inject({ url: '/api/contacts', cookies })).json()).toMatchObject({ code: 'password-change-needed' });
    const changed = await crm.app.inject({ method: 'PUT', url: '/api/session/password', cookies, payload: { current: password, next: OWN_PASSWORD } });
    expect(changed.statusCode).toBe(204);
    expect((await crm.app.inject({ url: '/api/contacts', cookies })).statusCode).toBe(200);
    expect((await attempt(email, password)).statusCode).toBe(401);
    expect((await attempt(email, OWN_PASSWORD)).statusCode).toBe(200);
    expect(await noted()).toEqual([
      { event: 'user-added', subject: email, facts: { role: 'user', by: 'ada@crm.example' } },
      { event: 'user-password-changed', subject: email, facts: {} },
      { event: 'sign-in-refused', subject: email, facts: {} },
    ]);
  });

  it('adds nobody twice, however the address is written, and nothing that is no address', async () => {
    await add('noor@crm.example');
    expect((await ada('POST', '/api/users', { email: 'NOOR@crm.example', name: 'Noor', role: 'user' })).json()).toMatchObject({ code: 'user-exists' });
    expect((await ada('POST', '/api/users', { email: 'noor', name: 'Noor', role: 'user' })).json()).toMatchObject({ code: 'bad-request' });
    expect((await ada('POST', '/api/users', { email: 'x@crm.example', name: 'X', role: 'root' })).json()).toMatchObject({ code: 'bad-request' });
    expect((await crm.admin.query('select from crm.users')).rowCount).toBe(4);
  });

  it('lists users without their hashes, for an auditor too', async () => {
    const { rows } = (await (await crm.signIn('aud@crm.example'))('GET', '/api/users')).json<{ rows: Record<string, unknown>[] }>();
    expect(rows.map(({ email, role, disabledAt, hasPassword }) => ({ email, role, disabledAt, hasPassword }))).toContainEqual({
      email: 'uwe@crm.example',
      role: 'user',
      disabledAt: null,
      hasPassword: true,
    });
    expect(JSON.stringify(rows)).not.toContain('argon2');
  });

  it('changes a role at once, for sessions that are open as well', async () => {
    const { id, email } = await add('zoe@crm.example');
    await crm.admin.query(
      'update crm.users set must_change_password = false, password_hash = (select password_hash from crm.users where email = $2) where id = $1',
      [id, 'ada@crm.example'],
    );
    const zoe = await crm.signIn(email);
    expect((await zoe('GET', '/api/users')).statusCode).toBe(403);
    expect((await ada('PATCH', `/api/users/${id}`, { role: 'auditor' })).json()).toMatchObject({ role: 'auditor' });
    expect((await zoe('GET', '/api/users')).statusCode).toBe(200);
    expect((await zoe('POST', '/api/contacts', { familyName: 'X' })).statusCode).toBe(403);
    expect((await noted()).at(-1)).toEqual({ event: 'user-role-changed', subject: email, facts: { from: 'user', to: 'auditor', by: 'ada@crm.example' } });
  });

  it('ends a disabled user’s sessions at once, and lets the user in again when enabled', async () => {
    const uwe = await crm.signIn('uwe@crm.example');
    const id = await idOf('uwe@crm.example');
    expect((await uwe('GET', '/api/contacts')).statusCode).toBe(200);
    expect((await ada('POST', `/api/users/${id}/disable`)).statusCode).toBe(200);
    expect((await uwe('GET', '/api/contacts')).json()).toMatchObject({ code: 'not-signed-in' });
    expect((await attempt('uwe@crm.example', USER_PASSWORD)).json()).toMatchObject({ code: 'sign-in-failed' });
    await ada('POST', `/api/users/${id}/enable`);
    expect((await uwe('GET', '/api/contacts')).statusCode).toBe(401);
    expect((await attempt('uwe@crm.example', USER_PASSWORD)).statusCode).toBe(200);
  });

  it('holds even where a disabled user’s session was left behind', async () => {
    const uwe = await crm.signIn('uwe@crm.example');
    await crm.admin.query(`update crm.users set disabled_at = now() where email = 'uwe@crm.example'`);
    expect((await uwe('GET', '/api/contacts')).statusCode).toBe(401);
    await crm.admin.query(`update crm.users set disabled_at = null where email = 'uwe@crm.example'`);
  });

  it('signs a user out everywhere, and sets a password anew', async () => {
    const { id, email, password } = await add('zoe@crm.example');
    const zoe = await attempt(email, password);
    const cookies = Object.fromEntries(zoe.cookies.map(({ name, value }) => [name, value]));
    expect((await ada('POST', `/api/users/${id}/sign-out`)).json()).toMatchObject({ sessions: 0 });
    expect((await crm.app.inject({ url: '/api/session', cookies })).statusCode).toBe(401);
    const reset = (await ada('POST', `/api/users/${id}/reset-password`)).json<Account>();
    expect((await attempt(email, password)).statusCode).toBe(401);
    expect((await attempt(email, reset.password)).json()).toMatchObject({ user: { mustChangePassword: true } });
  });

  it('tells how often a user is signed in: sessions that are over do not count', async () => {
    const { id, email, password } = await add('zoe@crm.example');
    for (let i = 0; i < 3; i++) await attempt(email, password);
    const sessions = async () => (await ada('GET', '/api/users')).json<{ rows: Account[] }>().rows.find((one) => one.id === id)?.sessions;
    expect(await sessions()).toBe(3);
    await crm.admin.query(
      `update crm.sessions set expires_at = now() - interval '1 second' where id in (select id from crm.sessions where user_id = $1 limit 2)`,
      [id],
    );
    expect(await sessions()).toBe(1);
  });

  it('keeps one administrator, whoever asks', async () => {
    const id = await idOf('ada@crm.example');
    // One who is blocked could let nobody in.
    const off = await add('off@crm.example', 'integration-admin');
    await ada('POST', `/api/users/${off.id}/disable`);
    expect((await ada('POST', `/api/users/${id}/disable`)).json()).toMatchObject({ code: 'last-administrator', noUpdate: 'No update was performed.' });
    expect((await ada('PATCH', `/api/users/${id}`, { role: 'user' })).json()).toMatchObject({ code: 'last-administrator' });
    const other = await add('second@crm.example', 'integration-admin');
    // Two administrators who shut each other out at once: one of them stays.
    const answers = await Promise.all([ada('PATCH', `/api/users/${id}`, { role: 'user' }), ada('PATCH', `/api/users/${other.id}`, { role: 'user' })]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 409]);
    await crm.admin.query(`update crm.users set role = 'integration-admin' where id = $1`, [id]);
  });

  it('knows no user that is not there', async () => {
    expect((await ada('POST', `/api/users/${crypto.randomUUID()}/disable`)).json()).toMatchObject({ code: 'record-not-found' });
  });
});

describe('one’s own password', () => {
  const change = (requests: Requests, current: string, next: string) => requests('PUT', '/api/session/password', { current, next });

  it('takes the current one, ends other sessions, and keeps this one', async () => {
    const [here, there] = [await crm.signIn('uwe@crm.example'), await crm.signIn('uwe@crm.example')];
    expect((await change(here, USER_PASSWORD, OWN_PASSWORD)).statusCode).toBe(204);
    expect((await here('GET', '/api/session')).statusCode).toBe(200);
    expect((await there('GET', '/api/session')).statusCode).toBe(401);
    expect((await change(here, OWN_PASSWORD, USER_PASSWORD)).statusCode).toBe(204);
  });

  it.each([
    ['is short', 'kettle sings', 'short'],
    ['is what the user is called', 'uwe@crm.example', 'guessable'],
    ['is known to everybody', 'passwordpassword', 'guessable'],
    ['stays the same', USER_PASSWORD, 'same'],
  ])('is refused where it %s', async (_what, next, rule) => {
    const uwe = await crm.signIn('uwe@crm.example');
    const answer = await change(uwe, USER_PASSWORD, next);
    expect(answer.json()).toMatchObject({ status: 422, code: 'password-refused', facts: { rule } });
    expect(answer.body).not.toContain(next);
  });

  it('is changed once where two changes come at once: what was told is what holds', async () => {
    const { email } = await add('zoe@crm.example');
    await crm.admin.query(
      `update crm.users set must_change_password = false, password_hash = (select password_hash from crm.users where email = 'ada@crm.example') where email = $1`,
      [email],
    );
    const sessions = await Promise.all([crm.signIn(email), crm.signIn(email)]);
    const wanted = ['seven brown kettles sing', 'nine green ladders hum'];
    const answers = await Promise.all(sessions.map((requests, i) => change(requests, USER_PASSWORD, wanted[i] ?? '')));
    const taken = answers.findIndex(({ statusCode }) => statusCode === 204);
    expect(answers.filter(({ statusCode }) => statusCode === 204)).toHaveLength(1);
    for (const [i, password] of wanted.entries()) expect((await attempt(email, password)).statusCode).toBe(i === taken ? 200 : 401);
  });

  it('is guarded against guessing like the door', async () => {
    const aud = await crm.signIn('aud@crm.example');
    for (let i = 0; i < 10; i++) expect((await change(aud, 'wrong', OWN_PASSWORD)).json()).toMatchObject({ code: 'sign-in-failed' });
    expect((await change(aud, USER_PASSWORD, OWN_PASSWORD)).json()).toMatchObject({ code: 'too-many-attempts' });
  });
});
