import { ALL_FIELDS, WIRE_LIST_SEPARATOR, wireColumns } from '../../../exchange/wire-row.ts';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import type { CollectionPlan } from '../plan.ts';
import { allInOrder } from '../pipelined.ts';
import { ident, literal } from '../quoting.ts';
import { type Applied, type ApplyParameters, BEGIN_RECORDS } from './apply-records.ts';
import { examineStage } from './examine-stage.ts';
import { isRecordFault, mayPassAgain } from './fault-of.ts';
import { unlistedSql } from './find-faults.ts';
import { forwardVerdictsSql } from './judge-forward.ts';
import { lockedKeysSql } from './lock-records.ts';
import { mergeSql } from './merge-records.ts';
import type { Receiver } from './receiver.ts';
import type { Session } from './session.ts';

/*
 * A handful of rows that nothing is wrong with need no staging table: they are parameters of the statements. PostgreSQL empties a
 * session's temporary tables with every commit that has touched one of them, which takes longer than all the rest of a small window.
 */

/** Windows of more rows are staged. */
export const INLINE_ROWS = 100;

/** The statements for rows that are parameters. */
interface InlineStatements {
  /** The rows alone, from $1 on. */
  readonly examined: Receiver;
  /** $1 to $3 the range, then the rows. */
  readonly lock: string | undefined;
  readonly merge: string;
  /** $1 to $3 the range, $4 to $7 as judgeForwardSql, then the rows. */
  readonly judge: string;
}

const statements = new WeakMap<Receiver, InlineStatements | undefined>();

/** Undefined where rows have to be marked before they are merged. */
function inlineStatements(receiver: Receiver): InlineStatements | undefined {
  if (statements.has(receiver)) return statements.get(receiver);
  const { plan } = receiver;
  const at = (first: number): Receiver => receiver.from(rowsSql(plan, first));
  const made =
    plan.side !== 'cloud' || receiver.linked || unlistedSql(receiver) !== undefined
      ? undefined
      : {
          examined: at(1),
          lock: lockedKeysSql(at(4)),
          judge: `select count(*)::text as verdicts from (${forwardVerdictsSql(at(8))}) v`,
          merge: mergeSql(at(4), { ledger: false, notes: false }),
        };
  statements.set(receiver, made);
  return made;
}

/** Rows as a relation with the columns of the staging table, of which each column of the wire is an array: $`first` and those after it. */
function rowsSql(plan: CollectionPlan, first: number): string {
  const columns = wireColumns(plan.definition);
  const [op, changed, base, actor, ...fields] = columns.map((_, i) => `r.c${i}`);
  const names = plan.definition.fields.map(({ name }, i) => `${fields[i]} as ${ident(name)}`);
  return `(
      select r.n as "$n", ${op} as "$op", ${changed} as "$changed", ${base} as "$base", ${actor} as "$actor", ${names.join(', ')},
             string_to_array(nullif(${changed}, ${literal(ALL_FIELDS)}), ${literal(WIRE_LIST_SEPARATOR)}) as "$changes",
             string_to_array(${base}, ${literal(WIRE_LIST_SEPARATOR)})::bigint[] as "$bases", 1 as "$round", null::text[] as "$held", false as "$kept",
             null::text[] as "$local", null::text as "$code"
      from unnest(${columns.map((_, i) => `$${first + i}::text[]`).join(', ')}) with ordinality r (${columns.map((_, i) => `c${i}`).join(', ')}, n))`;
}

/** What is applied inline. */
export interface InlineRows {
  readonly claims: ManifestClaims;
  readonly values: readonly (readonly (string | null)[])[];
}

/**
 * Applies a handful of forward rows in one round trip of a pipelined session: locks, looks for edits that wait to be decided, merges.
 * Undefined, with nothing written, where there is more to it than that: then they are staged. Throws `batch-refused`.
 */
export async function applyInline(
  session: Session,
  receiver: Receiver,
  { judge }: ApplyParameters,
  { claims, values }: InlineRows,
): Promise<Applied | undefined> {
  const made = values.length > INLINE_ROWS ? undefined : inlineStatements(receiver);
  if (made === undefined) return undefined;
  const rows = wireColumns(receiver.plan.definition).map((_, i) => values.map((value) => value[i] ?? null));
  const range = [1, 1, Number.MAX_SAFE_INTEGER];
  const begun = session.client.query(BEGIN_RECORDS);
  const examined = examineStage(session, made.examined, claims, rows);
  const locked = made.lock === undefined ? undefined : session.run(made.lock, [...range, ...rows]);
  const judged = session.run(made.judge, [...range, ...judge, ...rows]);
  const merged = session.run(made.merge, [...range, ...rows]);
  try {
    const [, , , verdict, merge] = await allInOrder([begun, examined, locked, judged, merged]);
    const [found] = verdict.rows as { verdicts: string }[];
    const [row] = merge.rows as { changed: string; noted: string }[];
    if (Number(found?.verdicts) === 0 && Number(row?.noted) === 0) return { changed: Number(row?.changed), partly: 0, verdicts: 0, marked: false };
  } catch (error) {
    if (!isRecordFault(error) && !mayPassAgain(error)) throw error;
  }
  await session.client.query('rollback to savepoint records');
  return undefined;
}
