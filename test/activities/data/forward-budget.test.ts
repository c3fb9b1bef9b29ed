import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkForwardBudget } from '../../../activities/data/forward-budget.ts';
import type { LinkSetup } from '../../../activities/link-setup.ts';
import { type Approval, decideBreach, listApprovals } from '../../../adaptor/data/control/approvals.ts';
import type { PreparedWindow } from '../../../adaptor/data/extraction/prepared-window.ts';
import type { CollectionPlan } from '../../../adaptor/data/plan.ts';
import { requireChannel } from '../../../adaptor/data/state/channel.ts';
import { linkName } from '../../../exchange/names.ts';
import { type AppStore, TEST_LINK, attachCollection, createAppStore } from '../../support/captured-table.ts';
import { codeOf } from '../../support/code-of.ts';

/* The budgets of what a collection sends, at their very edges: 100 records, of which at most 10 may go and a fifth may change. */

const LINK = linkName(TEST_LINK);
let crm: AppStore<'crm'>;
let plan: CollectionPlan;
let announced: number[];

beforeAll(async () => {
  crm = await createAppStore('crm');
  plan = await attachCollection(crm, 'CREATE TABLE app.people (id bigint PRIMARY KEY, name text)', { table: 'people', fields: ['id', 'name'] });
  await crm.admin.query('INSERT INTO app.people SELECT n FROM generate_series(1, 100) n');
  await crm.admin.query('ANALYZE app.people');
});
afterAll(() => crm[Symbol.asyncDispose]());
beforeEach(async () => {
  announced = [];
  await crm.admin.query('DELETE FROM tidegate.approval');
  await crm.admin.query(`UPDATE tidegate.channel SET state = 'open'`);
});

interface Sent {
  readonly changes?: number;
  readonly deletes?: number;
  readonly truncated?: boolean;
  /** Whether users are asked; else it is refused. */
  readonly asks?: boolean;
  readonly share?: number;
}

/** Checks a window that would send so much. */
function check({ changes = 0, deletes = 0, truncated = false, asks = true, share = 0.2 }: Sent, batchId: string = randomUUID()) {
  const setup = {
    name: LINK,
    approvals: { validMs: 60_000 },
    collections: [
      { source: { name: 'people' }, deleteBudget: { forward: 10, reverse: 0 }, changeShare: { forward: share, reverse: 0.01 }, approval: { breach: asks } },
    ],
  } as unknown as LinkSetup;
  const window = { whole: { changes, deletes }, truncated, batchId } as unknown as PreparedWindow;
  const context = { consumer: crm.admin, announceApproval: async (_link: string, approval: number) => void announced.push(approval) };
  return codeOf(checkForwardBudget(context, { setup, plan, window, runId: 'run' }));
}
const approvals = (): Promise<readonly Approval[]> => listApprovals(crm.admin, LINK, 'all');
const channelState = async () => (await requireChannel(crm.admin, { link: LINK, collection: 'people', direction: 'forward' })).state;
const approve = async () =>
  decideBreach(crm.admin, { link: LINK, breach: (await approvals())[0]?.id ?? 0, approved: true, by: 'anna', reason: 'It was meant.' });

describe('what a collection sends', () => {
  it.each<[Sent, string]>([
    [{}, 'accepted'],
    [{ changes: 20 }, 'accepted'],
    [{ changes: 21 }, 'change-budget-exceeded'],
    [{ changes: 10, deletes: 10 }, 'accepted'],
    [{ changes: 11, deletes: 11 }, 'delete-budget-exceeded'],
    [{ changes: 40, deletes: 11 }, 'delete-budget-exceeded'],
    [{ changes: 100, share: 1 }, 'accepted'],
    [{ changes: 11, deletes: 11, share: 1 }, 'delete-budget-exceeded'],
    [{ changes: 1, deletes: 1, truncated: true }, 'truncate-needs-approval'],
    [{ truncated: true, asks: false }, 'truncate-needs-approval'],
  ])('is held to its budgets: %j', async (sent, code) => {
    expect(await check(sent)).toBe(code);
    expect(await channelState()).toBe(code === 'accepted' ? 'open' : 'stopped');
    expect(await approvals()).toHaveLength(code === 'accepted' ? 0 : 1);
  });

  it('beyond them is written down with its counts and what was allowed, and who decides is told', async () => {
    await check({ changes: 30, deletes: 12 });
    const [waits] = await approvals();
    expect(waits).toMatchObject({
      kind: 'breach',
      state: 'waiting',
      direction: 'forward',
      changes: 30,
      deletes: 12,
      changeBudget: 20,
      deleteBudget: 10,
      records: 100,
      runId: 'run',
    });
    expect(announced).toEqual([waits?.id]);
  });

  it('beyond them is refused where nobody is to be asked; a user may let it through all the same', async () => {
    expect(await check({ deletes: 11, asks: false })).toBe('delete-budget-exceeded');
    expect(await approvals()).toMatchObject([{ state: 'rejected' }]);
    expect(announced).toEqual([]);
    await approve();
    expect(await check({ deletes: 11, asks: false })).toBe('accepted');
  });

  it('asks for a truncated table whatever the configuration says of budgets', async () => {
    await check({ truncated: true, asks: false });
    expect(await approvals()).toMatchObject([{ kind: 'truncate', state: 'waiting' }]);
    expect(announced).toHaveLength(1);
  });
});

describe('what a user approved', () => {
  it('goes through as it was shown, and no more than that', async () => {
    await check({ changes: 30, deletes: 12 });
    await approve();
    expect(await check({ changes: 30, deletes: 12 })).toBe('accepted');
    expect(await check({ changes: 29, deletes: 11 })).toBe('accepted');
    expect(await check({ changes: 31, deletes: 12 })).toBe('delete-budget-exceeded');
  });

  it('of changes lets no more deletes through, nor a truncated table', async () => {
    await check({ changes: 30, deletes: 5 });
    await approve();
    expect(await check({ changes: 30, deletes: 11 })).toBe('delete-budget-exceeded');
    await crm.admin.query('DELETE FROM tidegate.approval');
    await check({ changes: 30, deletes: 12 });
    await approve();
    expect(await check({ changes: 30, deletes: 12, truncated: true })).toBe('truncate-needs-approval');
  });

  it('of a truncated table lets nothing else through that exceeds its budget', async () => {
    await check({ changes: 50, deletes: 50, truncated: true });
    await approve();
    expect(await check({ changes: 50, deletes: 50 })).toBe('delete-budget-exceeded');
  });

  it('is bound to the batch that it lets through: the next one asks again', async () => {
    await check({ deletes: 12 });
    const { id } = await approve();
    const batchId = randomUUID();
    await check({ deletes: 12 }, batchId);
    const { rows } = await crm.admin.query('SELECT bound_to AS bound FROM tidegate.approval WHERE id = $1', [id]);
    expect(rows).toEqual([{ bound: batchId }]);
  });

  it('is not used up by what needs no approval', async () => {
    await check({ deletes: 12 });
    await approve();
    await check({ deletes: 3 });
    const { rows } = await crm.admin.query('SELECT bound_to AS bound FROM tidegate.approval');
    expect(rows).toEqual([{ bound: null }]);
  });
});
