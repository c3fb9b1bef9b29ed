import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLink } from '../control-plane.ts';
import { type TestCrm, TEST_LINK, startTestCrm } from '../test-crm.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await startTestCrm();
  await openLink(crm.admin);
});
afterAll(() => crm[Symbol.asyncDispose]());

it('sealed values are told in counts, by collection and key, to whoever is signed in', async () => {
  await crm.admin.query(
    `insert into tidegate.sealed_value (link, collection, key, field, version, token, key_id, ordinal, gone)
     select link, 'contacts', array[n::text], 'note', 1, 'sealed:1:k1:1:secret:secret', 'k1', 0, n = 3 from unnest(array[$1, 'other/test/link']) link, generate_series(1, 3) n`,
    [TEST_LINK],
  );
  const uwe = await crm.signIn('uwe@crm.example');
  const answer = await uwe('GET', '/api/sealed-values');
  expect(answer.json()).toEqual({ rows: [{ link: TEST_LINK, collection: 'contacts', keyId: 'k1', atCloud: 2, underWay: 0 }] });
  expect(answer.body).not.toContain('secret');
  expect((await crm.app.inject({ method: 'GET', url: '/api/sealed-values' })).statusCode).toBe(401);
});
