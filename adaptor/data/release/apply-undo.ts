import type { Pool, PoolClient } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import type { ReleaseClaims, ReleaseOutcome } from '../../../exchange/release.ts';
import { applyDecided, stageRecords } from '../injection/apply-decided.ts';
import { lockPlace } from '../injection/channel-order.ts';
import { resolveSql } from '../injection/identify-records.ts';
import { lockSql } from '../injection/lock-records.ts';
import { type OpenInjection, openInjection } from '../injection/open-injection.ts';
import { receiverOf } from '../injection/receiver.ts';
import { inInjection } from '../injection/session.ts';
import { VERDICTS, stageTable } from '../injection/stage.ts';
import type { CollectionPlan } from '../plan.ts';
import { planUndo } from '../undo/plan-undo.ts';
import type { StoredUndo } from '../undo/undo-rows.ts';
import { contentDigest, type ReleasedRecord } from './released-record.ts';
import { noteOutcome, outcomeOf, spendRelease, stillRefused } from './release-use.ts';

/** An undo whose release was accepted. */
export interface ReleasedUndo {
  /** Plans of the collections that the run wrote to, parents first. */
  readonly plans: readonly CollectionPlan[];
  readonly id: string;
  readonly undo: StoredUndo;
  readonly claims: ReleaseClaims;
  readonly runId: string;
}

/** What an undo did. */
export interface UndoDone {
  readonly outcome: ReleaseOutcome;
  readonly changed: number;
}

const WHOLE_STAGE = [1, 1, Number.MAX_SAFE_INTEGER];

/**
 * Puts the records of a run back to what they were, in the reverse role under its release, all in one transaction and with ledger
 * entries of its own. They are locked first and looked at again: what a user edits meanwhile is never overwritten. They are the CRM's
 * own changes, so they travel to the cloud.
 *
 * Throws, with nothing written: `release-not-accepted`, `version-conflict` (a record was edited since the release was signed),
 * `link-stopped`, why a record cannot be taken, and what the guard says.
 */
export async function applyUndo(pool: Pool, { plans, id, undo, claims, runId }: ReleasedUndo): Promise<UndoDone> {
  return inInjection(pool, plans, async (client) => {
    const done = await outcomeOf(client, id);
    if (done !== undefined) return { outcome: done, changed: undo.records ?? 0 };
    const opens = new Map<CollectionPlan, OpenInjection>();
    for (const plan of plans) {
      opens.set(plan, await openInjection(client, { plan, direction: 'reverse', ordinal: 0, messageId: id }));
      const place = await lockPlace(client, plan, 'reverse', 0, 'update');
      if (place.linkState !== 'open') throw new TidegateError('link-stopped', `It is ${place.linkState}.`, { link: plan.linkName });
    }
    await spendRelease(client, id);
    for (const { plan, records } of (await planUndo(client, plans, undo)).collections) await lockRecords(pool, client, plan, opens.get(plan), records);
    const content = await planUndo(client, plans, undo);
    if (contentDigest(content.records) !== claims.content)
      throw new TidegateError('version-conflict', 'A record of the run was edited just now.', { undo: undo.id });
    await client.query(`select set_config('tidegate.injecting', '', true), set_config('tidegate.actor', $1, true)`, [undo.requestedBy]);
    let changed = 0;
    const write = async (plan: CollectionPlan, records: readonly ReleasedRecord[]): Promise<void> => {
      const open = opens.get(plan);
      if (records.length === 0 || open === undefined) return;
      const fields = claims.orders.filter(({ collection }) => collection === plan.definition.name).flatMap((order) => order.fields);
      const order = { fields, operations: ['I', 'U', 'D'] };
      const applied = await applyDecided(pool, client, { plan, open, records, order, orderId: id, runId, decided: true, opened: 'in-records' });
      const refused = applied.outcomes.find(({ code }) => code !== null);
      if (refused?.code === 'field-not-authorised' && refused.field === null) throw new TidegateError('version-conflict');
      if (refused?.code != null) throw stillRefused(refused.code, refused.field, refused.detail);
      changed += applied.changed;
      await client.query(`delete from ${stageTable(plan)}; delete from ${VERDICTS}`);
    };
    for (const { plan, records } of content.collections)
      await write(
        plan,
        records.filter(({ op }) => op !== 'D'),
      );
    for (const { plan, records } of content.collections.toReversed())
      await write(
        plan,
        records.filter(({ op }) => op === 'D'),
      );
    const outcome = changed > 0 ? 'applied' : 'unchanged';
    await noteOutcome(client, id, outcome);
    return { outcome, changed };
  });
}

/** Locks the records of one collection that are there: what is read afterwards stays true until the commit. */
async function lockRecords(
  pool: Pool,
  client: PoolClient,
  plan: CollectionPlan,
  open: OpenInjection | undefined,
  records: readonly ReleasedRecord[],
): Promise<void> {
  const receiver = await receiverOf(pool, client, plan, open?.stamp ?? '');
  const lock = lockSql(receiver);
  if (lock === undefined || records.length === 0) return;
  await stageRecords(client, plan, records, 'in-records');
  if (receiver.linked) await client.query(resolveSql(receiver), WHOLE_STAGE);
  await client.query(lock, WHOLE_STAGE);
  await client.query(`delete from ${stageTable(plan)}`);
}
