import { afterAll, beforeAll, expect, it } from 'vitest';
import { pageLinkStore } from '../../crm/page-link-store.ts';
import type { LinkStore } from '../../scheduler/link-store.ts';
import { codeOf } from '../support/code-of.ts';
import { openLink } from './control-plane.ts';
import { startTestCrm, TEST_LINK, type TestCrm } from './test-crm.ts';

let crm: TestCrm;
let store: LinkStore;
beforeAll(async () => {
  crm = await startTestCrm();
  store = pageLinkStore(crm.database.pool);
  await openLink(crm.admin);
});
afterAll(() => crm[Symbol.asyncDispose]());

it('writes requests with their user', async () => {
  const records = [{ collection: 'contacts', key: ['k'] }];
  const id = await store.writeRequest({
    link: TEST_LINK,
    direction: 'forward',
    cause: 'records',
    collections: ['contacts'],
    records,
    requestedBy: 'uwe@crm.example',
    reason: null,
  });
  const { rows } = await crm.admin.query('select link, direction, cause, records, requested_by, state from tidegate.sync_request where id = $1', [id]);
  expect(rows).toEqual([{ link: TEST_LINK, direction: 'forward', cause: 'records', records, requested_by: 'uwe@crm.example', state: 'open' }]);
});

it('pauses a link and lets it go on, and both are in the log', async () => {
  await store.pauseLink(TEST_LINK, 'moving house', 'ada@crm.example');
  expect(await store.readLink(TEST_LINK)).toMatchObject({ state: 'paused', reason: 'moving house', by: 'ada@crm.example' });
  await store.resumeLink(TEST_LINK, 'ada@crm.example');
  expect(await store.readLink(TEST_LINK)).toMatchObject({ state: 'open', reason: null });
  const { rows } = await crm.admin.query('select event, subject from tidegate.audit_event order by id');
  expect(rows).toEqual([
    { event: 'link-paused', subject: 'ada@crm.example' },
    { event: 'link-resumed', subject: 'ada@crm.example' },
  ]);
});

it('leaves a link that a fault stopped to the operator, and cannot approve a new load', async () => {
  await crm.admin.query(`update tidegate.link set state = 'stopped', state_reason = 'restored from a backup'`);
  expect(await codeOf(store.resumeLink(TEST_LINK, 'ada@crm.example', { approvedBy: 'ada@crm.example', reason: 'why not' }))).toBe('link-stopped');
  const { rows } = await crm.admin.query('select state, reload from tidegate.link');
  expect(rows).toEqual([{ state: 'stopped', reload: null }]);
  await expect(crm.database.pool.query(`update tidegate.link set reload = '{}'`)).rejects.toMatchObject({ code: '42501' });
  await expect(crm.database.pool.query('update tidegate.link set epoch = epoch + 1')).rejects.toMatchObject({ code: '42501' });
});
