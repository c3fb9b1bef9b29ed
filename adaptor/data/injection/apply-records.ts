import type { PoolClient } from 'pg';
import { type Fault, faultOf, isRecordFault, mayPassAgain } from './fault-of.ts';
import { type Range, findFaults, unlistedSql } from './find-faults.ts';
import { pairSql, resolveSql } from './identify-records.ts';
import { type InsertStatements, insertNew, insertStatements } from './insert-new.ts';
import { judgeForwardSql } from './judge-forward.ts';
import { judgeReverseSql } from './judge-reverse.ts';
import { lockSql } from './lock-records.ts';
import { mergeSql } from './merge-records.ts';
import { plannerSettings } from '../planner-settings.ts';
import { type Receiver, SELECTED, locatedReceiver } from './receiver.ts';
import type { Session } from './session.ts';
import { type UnlockedStatements, unlessEdited, unlockedStatements } from './unlocked.ts';
import { holdSql } from './verdicts.ts';

/** What applying did. */
export interface Applied {
  /** Records that were changed, and how many of them only partly. */
  readonly changed: number;
  readonly partly: number;
  readonly verdicts: number;
  /** Whether rows were marked to be set aside. */
  readonly marked: boolean;
}

/** The statements that apply rows of one plan, in order. */
export interface ApplyStatements {
  /** Mark values that this store has no word for; look up or make pairs of keys. */
  readonly prepare: readonly string[];
  readonly lock: string | undefined;
  readonly judge: string;
  readonly hold: string;
  readonly merge: string;
  /** A shorter way for windows of new records only; undefined where there is none. */
  readonly insert: InsertStatements | undefined;
  /** A shorter way for large windows that no edit meets; undefined where there is none. */
  readonly unlocked: UnlockedStatements | undefined;
}

/** Makes the statements of a plan. */
export function applyStatements(receiver: Receiver): ApplyStatements {
  const { plan, linked } = receiver;
  const judgeSql = plan.side === 'cloud' ? judgeForwardSql : judgeReverseSql;
  const lock = lockSql(receiver);
  const located = lock === undefined ? receiver : locatedReceiver(receiver);
  return {
    prepare: [unlistedSql(receiver), ...(linked ? [resolveSql(receiver), pairSql(receiver)] : [])].filter((sql) => sql !== undefined),
    lock,
    judge: judgeSql(located),
    hold: holdSql(receiver),
    merge: mergeSql(located, { ledger: plan.side === 'crm' }),
    insert: insertStatements(receiver),
    unlocked: lock === undefined ? undefined : unlockedStatements(receiver),
  };
}

/** Parameters of the statements beside the range. */
export interface ApplyParameters {
  readonly judge: readonly unknown[];
  readonly merge: readonly unknown[];
}

/** What is known of the staged rows together. */
export interface StagedRows {
  /** All are new records at their sender, whole, and many. */
  readonly fresh: boolean;
  /** Called where the planner has to know the rows: before they are joined with the table. */
  analyse(): Promise<void>;
}

/**
 * Applies the staged rows: new records in one insert, all else in one merge, where the store takes them all and no user edits
 * them meanwhile. Where it does
 * not, the offenders are found set-based, and what remains by halving, each in a savepoint: they are marked, and their
 * neighbours land.
 */
export async function applyRecords(
  session: Session,
  receiver: Receiver,
  statements: ApplyStatements,
  parameters: ApplyParameters,
  rows: StagedRows,
): Promise<Applied> {
  const { client } = session;
  let applied: Applied = { changed: 0, partly: 0, verdicts: 0, marked: false };
  const run = async (range: Range): Promise<void> => {
    const done = await applyRange(session, statements, parameters, range);
    applied = {
      changed: applied.changed + done.changed,
      partly: applied.partly + done.partly,
      verdicts: applied.verdicts + done.verdicts,
      marked: applied.marked || done.marked,
    };
  };
  // Deferred constraints would refuse the whole window at its commit; only the ledger's chain, and a plan's end, are for the commit.
  await client.query('set constraints all immediate; set constraints tidegate.ledger_batch_sealed, tidegate.trial_refused deferred; savepoint records');
  if (rows.fresh && statements.insert !== undefined && statements.prepare.length === 0) {
    const changed = await insertNew(client, statements.insert, parameters.judge);
    if (changed !== undefined) return { ...applied, changed };
  }
  await rows.analyse();
  if (session.large && statements.unlocked !== undefined) {
    const { judge, merge } = statements.unlocked;
    const all: Range = [1, 1, Number.MAX_SAFE_INTEGER];
    const done = await unlessEdited(client, statements.unlocked, parameters.judge, () =>
      applyRange(session, { ...statements, lock: undefined, judge, merge }, parameters, all),
    );
    if (done !== undefined) return done;
  }
  for (let round = 1; ; round++) {
    const before = applied.changed;
    const refused = await applyRound(client, receiver, [round, 1, Number.MAX_SAFE_INTEGER], run);
    if (refused) applied = { ...applied, marked: true };
    if (applied.changed === before || !refersToItself(receiver) || !(await retryWaiting(client, receiver, round))) return applied;
    await client.query('savepoint records');
  }
}

/** One pass over rows that are not marked. Returns whether the store refused any. */
async function applyRound(client: PoolClient, receiver: Receiver, range: Range, run: (range: Range) => Promise<void>): Promise<boolean> {
  let again = 2;
  for (let attempt = 1; ; attempt++) {
    try {
      await run(range);
      return attempt > 1;
    } catch (error) {
      if (!isRecordFault(error) && !mayPassAgain(error)) throw error;
      await client.query('rollback to savepoint records');
      if (mayPassAgain(error) && again-- > 0) continue;
      if (!isRecordFault(error)) throw error;
      if ((await findFaults(client, receiver, range)) === 0) {
        await halve(client, receiver, range, run);
        return true;
      }
      // The marks must survive the next attempt's failure.
      await client.query('release savepoint records; savepoint records');
    }
  }
}

/** Halves a range that failed until the rows that make it fail stand alone, and marks them. */
async function halve(client: PoolClient, receiver: Receiver, [round, from, to]: Range, run: (range: Range) => Promise<void>): Promise<void> {
  const middle = await middleOf(client, receiver, [round, from, to]);
  const halves: readonly Range[] = [
    [round, from, middle.place],
    [round, middle.place + 1, to],
  ];
  for (const half of halves) {
    const { rows, op } = await middleOf(client, receiver, half);
    if (rows === 0) continue;
    await client.query('savepoint half');
    try {
      await run(half);
    } catch (error) {
      if (!isRecordFault(error)) throw error;
      await client.query('rollback to savepoint half');
      if (rows === 1) await markRows(client, receiver, half, faultOf(error, receiver, op));
      else await halve(client, receiver, half, run);
    }
    await client.query('release savepoint half');
  }
}

/** The selected rows of a range: how many, the place of the middle one, and its operation. */
async function middleOf(client: PoolClient, { stage }: Receiver, range: Range): Promise<{ rows: number; place: number; op: string }> {
  const { rows } = await client.query<{ rows: string; place: string; op: string }>(
    `select rows::text, "$n"::text as place, "$op" as op
     from (select s."$n", s."$op", row_number() over (order by s."$n") as place, count(*) over () as rows from ${stage} s where ${SELECTED}) numbered
     where place = (rows + 1) / 2`,
    [...range],
  );
  const [row] = rows;
  return row === undefined ? { rows: 0, place: range[1], op: '' } : { rows: Number(row.rows), place: Number(row.place), op: row.op };
}

async function markRows(client: PoolClient, { stage }: Receiver, range: Range, fault: Fault): Promise<void> {
  await client.query(`update ${stage} s set "$code" = $4, "$field" = $5, "$detail" = $6 where ${SELECTED}`, [...range, fault.code, fault.field, fault.detail]);
}

/** Runs the statements over a range. */
async function applyRange(session: Session, statements: ApplyStatements, parameters: ApplyParameters, range: Range): Promise<Applied> {
  const selected = [...range];
  let marked = false;
  for (const sql of statements.prepare) marked = ((await session.run(sql, selected)).rowCount ?? 0) > 0 || marked;
  if (statements.lock !== undefined) {
    await session.run(statements.lock, selected);
    if (session.large) await session.client.query(plannerSettings('located'));
  }
  const { rowCount } = await session.run(statements.judge, [...selected, ...parameters.judge]);
  const verdicts = rowCount ?? 0;
  if (verdicts > 0) await session.run(statements.hold, selected);
  const { rows } = await session.run(statements.merge, [...selected, ...parameters.merge]);
  const [row] = rows as { changed: string; partly: string; noted: string }[];
  return { changed: Number(row?.changed), partly: Number(row?.partly), verdicts: verdicts + Number(row?.noted), marked };
}

/** Whether records of the collection can be each other's parents. */
function refersToItself({ plan, foreignKeys }: Receiver): boolean {
  return plan.definition.references.some((r) => r.collection === plan.definition.name) || foreignKeys.some((key) => key.toItself);
}

/** Puts rows whose parents were missing into the next pass: a parent may have come in this one. */
async function retryWaiting(client: PoolClient, { stage }: Receiver, round: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `update ${stage} set "$round" = $1::int + 1, "$code" = null, "$field" = null, "$detail" = null where "$round" = $1::int and "$code" = 'unknown-parent'`,
    [round],
  );
  return (rowCount ?? 0) > 0;
}
