import type { PoolClient } from 'pg';
import { isRecordFault, mayPassAgain } from './fault-of.ts';
import { judgeForwardSql } from './judge-forward.ts';
import { mergeSql } from './merge-records.ts';
import { type Receiver, SELECTED } from './receiver.ts';

/** The statements that apply a large window without locking its records first. */
export interface UnlockedStatements {
  readonly judge: string;
  readonly merge: string;
  /** Whether a user has edited a record of the window since. $1 to $3: the range; $4: source of the log; $5: the snapshot since which. */
  readonly edited: string;
}

/**
 * Statements for a window at the cloud: a lock for each record costs more than its merge, and hardly ever meets an edit. Undefined
 * at the CRM, where verdicts are taken of what the records hold.
 */
export function unlockedStatements(receiver: Receiver): UnlockedStatements | undefined {
  const { plan, stage, logKey } = receiver;
  if (plan.side !== 'cloud') return undefined;
  return {
    judge: judgeForwardSql(receiver),
    merge: mergeSql(receiver, { ledger: false }),
    edited: `
    select exists (
      select from tidegate.change_log l join ${stage} s on l.key = ${logKey}
      where ${SELECTED} and l.source = $4::int and l.origin is null and l.xid <> pg_current_xact_id()
        and l.xid >= pg_snapshot_xmin($5::pg_snapshot) and not pg_visible_in_snapshot(l.xid, $5::pg_snapshot))::text as found`,
  };
}

/**
 * Applies a window unless a user edits one of its records meanwhile. An edit that the verdicts did not see, and that the merge may
 * have written over, is in the log as soon as the merge could meet it: then nothing of the window stays, and undefined comes back,
 * as where a record cannot be taken. All go the usual way then, behind locks. To be called behind a savepoint `records`.
 */
export async function unlessEdited<T>(
  client: PoolClient,
  { edited }: UnlockedStatements,
  [source]: readonly unknown[],
  apply: () => Promise<T>,
): Promise<T | undefined> {
  const before = await client.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  try {
    const applied = await apply();
    const { rows } = await client.query<{ found: string }>(edited, [1, 1, Number.MAX_SAFE_INTEGER, source, before.rows[0]?.snapshot]);
    if (rows[0]?.found === 'false') return applied;
  } catch (error) {
    if (!isRecordFault(error) && !mayPassAgain(error)) throw error;
  }
  await client.query('rollback to savepoint records');
  return undefined;
}
