import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  askApprovedRelease,
  confirmDecision,
  discardHeldWindow,
  endWaiting,
  giveUpApproval,
  orderApproved,
  readApproval,
} from '../../../activities/approvals/wait-for-approval.ts';
import { type Breach, decideBreach, raiseBreach } from '../../../adaptor/data/control/approvals.ts';
import { controlRows } from '../../../adaptor/data/control-rows.ts';
import { inTransaction } from '../../../adaptor/data/pool.ts';
import { ensureChannels } from '../../../adaptor/data/state/channel.ts';
import { ensureLink } from '../../../adaptor/data/state/link.ts';
import { linkName } from '../../../exchange/names.ts';
import { type AppStore, TEST_LINK, createAppStore } from '../../support/captured-table.ts';
import { codeOf } from '../../support/code-of.ts';

/* What waits for a user. Whoever reaches Temporal is no user of the CRM: its own row alone says what was decided. */

const LINK = linkName(TEST_LINK);
let crm: AppStore<'crm'>;
let context: { readonly consumer: AppStore['admin'] };

beforeAll(async () => {
  crm = await createAppStore('crm');
  context = { consumer: crm.admin };
  await ensureLink(crm.admin, TEST_LINK);
  await ensureChannels(crm.admin, LINK, ['contacts']);
});
afterAll(() => crm[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const table of ['approval', 'release', 'sync_request']) await crm.admin.query(`DELETE FROM tidegate.${table}`);
});

const rows = <T>(sql: string) => controlRows<T>(crm.admin, sql);

/** What waits, under its number. */
async function waits(told: Partial<Breach> = {}, validMs = 60_000) {
  const breach: Breach = {
    kind: 'breach',
    link: LINK,
    collection: 'contacts',
    direction: 'reverse',
    runId: 'run',
    code: 'delete-budget-exceeded',
    changes: 5,
    deletes: 3,
    changeBudget: null,
    deleteBudget: 2,
    records: null,
    batchId: randomUUID(),
    ...told,
  };
  const { facts } = await inTransaction(crm.admin, (client) => raiseBreach(client, breach, { ask: true, validMs }));
  return { link: LINK, approval: Number(facts['approval']) };
}
const decided = async (at: { readonly approval: number }, approved: boolean) =>
  void (await decideBreach(crm.admin, { link: LINK, breach: at.approval, approved, by: 'anna', reason: 'It was meant.' }));

describe('a decision that an update brings', () => {
  it('counts where the CRM’s row says the same', async () => {
    for (const approved of [true, false]) {
      const at = await waits();
      await decided(at, approved);
      expect(await confirmDecision(context, { ...at, approved, by: 'anna', reason: 'It was meant.' })).toMatchObject({
        state: approved ? 'approved' : 'rejected',
      });
    }
  });

  it.each([
    ['who decided', { by: 'mallory' }],
    ['why', { reason: 'Trust me.' }],
    ['what was decided', { approved: false }],
  ])('does not count where it differs in %s, and that is in the audit log', async (_what, wrong) => {
    const at = await waits();
    await decided(at, true);
    expect(await codeOf(confirmDecision(context, { ...at, approved: true, by: 'anna', reason: 'It was meant.', ...wrong }))).toBe('decision-not-recorded');
    const audited = await rows(`SELECT code, subject FROM tidegate.audit_event WHERE event = 'decision-refused' ORDER BY id DESC LIMIT 1`);
    expect(audited).toEqual([{ code: 'decision-not-recorded', subject: String(at.approval) }]);
  });

  it('does not count where nobody has decided yet, nor on another link', async () => {
    const at = await waits();
    expect(await codeOf(confirmDecision(context, { ...at, approved: true, by: 'anna', reason: 'x' }))).toBe('decision-not-recorded');
    await decided(at, true);
    expect(await codeOf(confirmDecision(context, { ...at, link: 'acme/test/other', approved: true, by: 'anna', reason: 'It was meant.' }))).toBe(
      'record-not-found',
    );
  });
});

describe('what waits', () => {
  it('tells how long, in a number that the workflow is given whole', async () => {
    const { leftMs } = await readApproval(context, await waits({}, 60_000));
    expect(leftMs).toBeGreaterThan(50_000);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  });

  it('without an end is looked at again some day, not at once and for ever', async () => {
    const at = await waits();
    await crm.admin.query('UPDATE tidegate.approval SET expires_at = NULL');
    const told = JSON.parse(JSON.stringify(await readApproval(context, at))) as { leftMs: number };
    expect(told.leftMs).toBeGreaterThan(30 * 24 * 3_600_000);
    expect(await endWaiting(context, at)).toMatchObject({ state: 'waiting' });
  });

  it('ends with its time, and not before; what was decided in the last moment stays decided', async () => {
    const early = await waits();
    expect(await endWaiting(context, early)).toMatchObject({ state: 'waiting' });
    await crm.admin.query(`UPDATE tidegate.approval SET expires_at = now() - interval '1 second'`);
    expect(await endWaiting(context, early)).toMatchObject({ state: 'expired', leftMs: 0 });
    const late = await waits();
    await decided(late, true);
    await crm.admin.query(`UPDATE tidegate.approval SET expires_at = now() - interval '1 second'`);
    expect(await endWaiting(context, late)).toMatchObject({ state: 'approved' });
  });
});

describe('a window that was set down', () => {
  it('is destroyed once it was rejected, and only then', async () => {
    const at = await waits();
    expect(await discardHeldWindow(context, at)).toEqual({ state: 'waiting' });
    expect(await readApproval(context, at)).toMatchObject({ held: true });
    await decided(at, false);
    expect(await discardHeldWindow(context, at)).toEqual({ state: 'rejected' });
    expect(await readApproval(context, at)).toMatchObject({ held: false });
  });

  it('is written under one release, in the name of who approved, however often the step is done', async () => {
    const at = await waits();
    const releaseId = randomUUID();
    expect(await codeOf(askApprovedRelease(context, { ...at, releaseId }))).toBe('release-not-accepted');
    await decided(at, true);
    for (let n = 0; n < 2; n++) await askApprovedRelease(context, { ...at, releaseId });
    expect(await rows('SELECT id, act, subject, requested_by AS by, reason, state FROM tidegate.release')).toEqual([
      { id: releaseId, act: 'approve', subject: at.approval, by: 'anna', reason: 'It was meant.', state: 'asked' },
    ]);
  });

  it('that cannot be written is given up whole: the next run looks anew', async () => {
    const at = await waits();
    await decided(at, true);
    await giveUpApproval(context, at);
    expect(await readApproval(context, at)).toMatchObject({ state: 'superseded', held: false });
  });
});

describe('the run that goes on', () => {
  it.each(['forward', 'reverse'] as const)('%s is asked for in the name of who approved, for that collection, and begun', async (direction) => {
    const begun: string[] = [];
    const at = await waits({ direction, batchId: null });
    await decided(at, true);
    const starters = {
      triggerReverse: async (of: string) => void begun.push(`reverse ${of}`),
      ensureForwardChain: async (of: string) => begun.push(`forward ${of}`),
    };
    await orderApproved({ ...context, ...starters }, at);
    expect(begun).toEqual([`${direction} ${LINK}`]);
    expect(await rows('SELECT direction, cause, collections, requested_by AS by, reason FROM tidegate.sync_request')).toEqual([
      { direction, cause: 'user', collections: ['contacts'], by: 'anna', reason: `Approval ${at.approval}.` },
    ]);
  });
});
