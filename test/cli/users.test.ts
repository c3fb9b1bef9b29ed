import { userInfo } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { USER_PASSWORD, startTestCrm, type TestCrm } from '../crm/test-crm.ts';
import { runProgram } from './run-program.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await startTestCrm();
});
afterAll(() => crm[Symbol.asyncDispose]());

const run = async (environment: Readonly<Record<string, string>>, ...args: string[]) => {
  const { code, stdout } = await runProgram({ TIDEGATE_HOME: '/nowhere', ...environment }, 'users', ...args);
  return { code, output: stdout, json: args.includes('--json') ? (JSON.parse(stdout) as unknown) : undefined };
};
const users = (...args: string[]) => run({ TIDEGATE_CRM_PAGE_URL: crm.pageUrl }, ...args);
const attempt = (email: string, password: string) => crm.app.inject({ method: 'POST', url: '/api/session', payload: { email, password } });

describe('tidegate users', () => {
  it('adds a user, shows the password once, and notes who did it', async () => {
    const added = await users('add', 'Noor@crm.example', '--name', 'Noor Haddad', '--role', 'auditor');
    expect(added.code).toBe(0);
    const password = /password (\S{16}) /.exec(added.output)?.[1] ?? '';
    expect((await attempt('noor@crm.example', password)).json()).toMatchObject({ user: { role: 'auditor', mustChangePassword: true } });
    const { rows } = await crm.admin.query(`select subject, facts from tidegate.audit_event where event = 'user-added'`);
    expect(rows).toEqual([{ subject: 'noor@crm.example', facts: { role: 'auditor', by: userInfo().username } }]);
    expect((await users('list')).output).toMatch(/noor@crm\.example\s+Noor Haddad\s+auditor\s+active\s+password\s+1/);
    expect((await users('list')).output).not.toContain(password);
  });

  it('changes roles, shuts out and lets in, ends sessions and sets passwords anew', async () => {
    const uwe = await crm.signIn('uwe@crm.example');
    expect((await users('role', 'uwe@crm.example', 'auditor', '--json')).json).toMatchObject({ role: 'auditor' });
    expect((await uwe('POST', '/api/pull', {})).statusCode).toBe(403);
    expect((await users('sign-out', 'uwe@crm.example')).code).toBe(0);
    expect((await uwe('GET', '/api/session')).statusCode).toBe(401);
    expect((await users('disable', 'UWE@crm.example')).output).toContain('disabled');
    expect((await attempt('uwe@crm.example', USER_PASSWORD)).statusCode).toBe(401);
    expect((await users('enable', 'uwe@crm.example')).output).toContain('active');
    expect((await attempt('uwe@crm.example', USER_PASSWORD)).statusCode).toBe(200);
    const { password } = (await users('reset-password', 'uwe@crm.example', '--json')).json as { password: string };
    expect((await attempt('uwe@crm.example', password)).statusCode).toBe(200);
  });

  it('refuses what leaves nobody to govern, and what it does not know', async () => {
    expect((await users('disable', 'ada@crm.example', '--json')).json).toMatchObject({ error: { code: 'last-administrator' } });
    expect((await users('role', 'uwe@crm.example', 'root', '--json')).json).toMatchObject({ error: { code: 'bad-request' } });
    expect((await users('disable', 'nobody@crm.example', '--json')).json).toMatchObject({ error: { code: 'record-not-found' } });
    expect((await users('add', 'ada@crm.example', '--name', 'Ada', '--json')).json).toMatchObject({ error: { code: 'user-exists' } });
    for (const wrong of [
      ['no-address', '--name', 'N'],
      ['n@crm.example', '--name', ' '],
      ['n@crm.example', '--name', 'N', '--role', 'root'],
    ]) {
      expect(await users('add', ...wrong, '--json')).toMatchObject({ code: 2, json: { error: { code: 'bad-request' } } });
      expect((await users('list')).output).not.toMatch(/no-address|n@crm/);
    }
    expect((await run({}, 'list', '--json')).code).toBe(3);
    expect((await run({ TIDEGATE_CRM_PAGE_URL: '' }, 'list', '--json')).code).toBe(3);
  });
});
