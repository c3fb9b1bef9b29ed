import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFirstAdministrator } from '../../../crm/users/first-administrator.ts';
import { startTestCrm, type TestCrm } from '../test-crm.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await startTestCrm();
});
afterAll(() => crm[Symbol.asyncDispose]());

it('is made once, with a password that is shown once, and none where there is one', async () => {
  expect(await createFirstAdministrator({ databaseUrl: crm.pageUrl })).toBeUndefined();
  await crm.admin.query('delete from crm.users');
  const made = await Promise.all([1, 2, 3].map(() => createFirstAdministrator({ databaseUrl: crm.pageUrl })));
  const [administrator, ...others] = made.filter((each) => each !== undefined);
  expect(others).toEqual([]);
  expect(administrator?.password).toMatch(/^[\w-]{16}$/);
  const answer = await crm.app.inject({ method: 'POST', url: '/api/session', payload: administrator ?? {} });
  expect(answer.json()).toMatchObject({ user: { role: 'integration-admin', email: administrator?.email } });
  const { rows } = await crm.admin.query<{ password_hash: string }>('select password_hash from crm.users');
  expect(rows).toHaveLength(1);
  expect(rows[0]?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});
