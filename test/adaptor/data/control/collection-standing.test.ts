import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLinkStatus } from '../../../../adaptor/data/control/link-status.ts';
import { createPool } from '../../../../adaptor/data/pool.ts';
import { readCollectionStatus } from '../../../../crm/status/collection-status.ts';
import { addRun, logChange, openLink } from '../../../crm/control-plane.ts';
import { TEST_LINK, type TestCrm, startTestCrm } from '../../../crm/test-crm.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await startTestCrm();
  await openLink(crm.admin);
  for (const id of ['x', 'x', 'y']) await logChange(crm.admin, 'contacts', id, 'U');
  await addRun(crm.admin, 'pulled', 'reverse');
});
afterAll(() => crm[Symbol.asyncDispose]());

describe('the status of collections', () => {
  const names = ['contacts', 'nothing'].map((collection) => ({ collection, schema: 'crm', table: collection }));

  it('is the same for the command line and for the page', async () => {
    const pool = createPool(crm.pageUrl, { applicationName: 'test status', maxConnections: 1 });
    const here = await readLinkStatus(
      pool,
      TEST_LINK,
      names.map((name) => ({ ...name, condition: 'true' })),
    ).finally(() => pool.end());
    const there = await readCollectionStatus(
      crm.database.control,
      names.map((name) => ({ ...name, link: TEST_LINK as never, filter: 'true', keyColumns: ['id'], fieldOfColumn: {} })),
    );
    for (const [i, standing] of there.entries()) {
      const { lagMs, ...same } = standing;
      expect(here.collections[i]).toMatchObject(same);
      expect(here.collections[i]?.lagMs === 0).toBe(lagMs === 0);
    }
    expect(here.collections).toMatchObject([
      { collection: 'contacts', captured: true, waiting: 2, quarantined: 0 },
      { collection: 'nothing', captured: false, records: null, state: null, lagMs: 0, lastMessageAt: null },
    ]);
  });
});
