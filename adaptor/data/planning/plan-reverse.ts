import type { Pool, PoolClient } from 'pg';
import type { ReverseOrder } from '../../../exchange/claims.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import { applyStatements } from '../injection/apply-records.ts';
import { findFaults } from '../injection/find-faults.ts';
import { updatableFields } from '../injection/merge-records.ts';
import { openInjection } from '../injection/open-injection.ts';
import { joinWaitingSql } from '../injection/quarantine-records.ts';
import { type Receiver, changedSql, receiverOf, takenSql } from '../injection/receiver.ts';
import { sessionFor } from '../injection/session.ts';
import { LARGE_WINDOW_ROWS, VERDICTS, analyseStage, prepareStage, stageRows } from '../injection/stage.ts';
import { HOLDING } from '../injection/verdicts.ts';
import type { CollectionPlan } from '../plan.ts';
import { connect, rollback } from '../pool.ts';
import { literal } from '../quoting.ts';
import { NOTHING } from './plan-forward.ts';
import type { CollectionForecast, PlannedDifference } from './plan-rows.ts';

/** Rows that the cloud showed, and what they would be judged by. */
export interface PreviewedRows {
  readonly plan: CollectionPlan;
  readonly order: ReverseOrder;
  readonly rows: AsyncIterable<Uint8Array>;
  /** Called once the rows were read: throws where they are not those of their manifest. */
  readonly proved: () => Promise<void>;
  readonly sample: number;
}

const WHOLE_STAGE = [1, 1, Number.MAX_SAFE_INTEGER] as const;

/**
 * Works out what the rows of a preview would do to the CRM: they are staged and judged by the statements of a run, in a transaction
 * that ends by a rollback before anything is merged. What only the write itself would find (a unique or check constraint, a trigger of
 * the table's owner) is not foreseen.
 */
export async function planReverse(
  pool: Pool,
  { plan, order, rows, proved, sample }: PreviewedRows,
): Promise<{ readonly forecast: CollectionForecast; readonly differences: readonly PlannedDifference[] }> {
  const client = await connect(pool);
  let broken = true;
  try {
    await prepareStage(client, plan);
    await client.query('begin isolation level read committed');
    await stageRows(client, plan, rows);
    await proved();
    const receiver = await judge(pool, client, plan, order);
    const counts = await controlRow<Omit<CollectionForecast, 'collection' | 'code' | 'waits'>>(client, COUNTS);
    const differences = await controlRows<PlannedDifference>(client, differencesSql(receiver), [...WHOLE_STAGE, sample]);
    broken = await rollback(client);
    return { forecast: { collection: plan.definition.name, ...NOTHING, ...counts }, differences };
  } catch (error) {
    broken = await rollback(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

async function judge(pool: Pool, client: PoolClient, plan: CollectionPlan, order: ReverseOrder): Promise<Receiver> {
  const open = await openInjection(client, { plan, direction: 'reverse', ordinal: order.afterOrdinal + 1 });
  const receiver = await receiverOf(pool, client, plan, open.stamp);
  const session = sessionFor(client, true);
  if (open.waiting) await client.query(joinWaitingSql(receiver, 'reverse'));
  const { prepare, judgeUnlocked: judgeSql, hold } = applyStatements(receiver);
  await analyseStage(client, plan, LARGE_WINDOW_ROWS + 1);
  for (const sql of prepare) await session.run(sql, WHOLE_STAGE);
  await findFaults(client, receiver, WHOLE_STAGE);
  await session.run(judgeSql, [...WHOLE_STAGE, open.source, order.fields, order.operations]);
  await session.run(hold, WHOLE_STAGE);
  await client.query(`create temp table if not exists tidegate_forecast (n bigint, key text[], op text, outcome text, code text, field text) on commit drop`);
  await client.query(`insert into pg_temp.tidegate_forecast ${outcomeSql(receiver)}`, [...WHOLE_STAGE]);
  return receiver;
}

/** One outcome a record, as the books of a run would count it. */
function outcomeSql(receiver: Receiver): string {
  const { stage, selected, match, table, wireKey, key, deletable } = receiver;
  const differs = updatableFields(receiver).map((f) => `${takenSql(f.name)} and ${f.stored} is distinct from ${f.text}`);
  const found = `t."${key[0]?.column.name.replaceAll('"', '""') ?? ''}" is not null`;
  return `
    select n, key, op, case when refused and change is null then 'quarantined' when held then 'conflicted' else coalesce(change, 'unchanged') end,
           case when refused and change is null then 'field-not-authorised' end, null
    from (
      select s."$n" as n, ${wireKey} as key, s."$op" as op, coalesce(v.refused, false) as refused, coalesce(v.held, false) as held,
             case when s."$kept" then null
                  when s."$op" = 'D' then case when ${found} and ${deletable} then 'delete' end
                  when not (${found}) then 'insert'
                  when ${differs.length === 0 ? 'false' : differs.map((sql) => `(${sql})`).join(' or ')} then 'update' end as change
      from ${selected} left join ${table} t on ${match}
      left join (select n, bool_or(kind = 'refused') as refused, bool_or(kind in ${HOLDING} and kind <> 'outside') as held from ${VERDICTS} group by n) v on v.n = s."$n"
    ) judged
    union all
    select s."$n", ${wireKey}, s."$op", 'quarantined', s."$code", s."$field" from ${stage} s where s."$code" is not null`;
}

const COUNTS = `
  select count(*) filter (where outcome = 'insert') as insert, count(*) filter (where outcome = 'update') as update,
         count(*) filter (where outcome = 'delete') as delete, count(*) filter (where outcome = 'unchanged') as unchanged,
         count(*) filter (where outcome = 'conflicted') as conflicted, count(*) filter (where outcome = 'quarantined') as quarantined
  from pg_temp.tidegate_forecast`;

/** Fields of the first records that would not stay as they are: what the CRM has, what would come, and what keeps it out. */
function differencesSql(receiver: Receiver): string {
  const { plan, selected, match, table, fields } = receiver;
  const values = fields.map((f) => `(${literal(f.name)}, ${changedSql(f.name)}, ${takenSql(f.name)}, ${f.stored}, ${f.text})`);
  return `
    with chosen as materialized (select * from pg_temp.tidegate_forecast where outcome <> 'unchanged' order by n limit $4)
    select ${literal(plan.definition.name)} as collection, c.key, c.op, c.outcome, d.field, d.before, d.after, coalesce(c.code, d.code) as code
    from chosen c left join lateral (
      select f.field, f.before, f.after,
             case when not f.taken or c.outcome in ('conflicted', 'quarantined') then (select min(v.kind) from ${VERDICTS} v where v.n = c.n and (v.field = f.field or v.field is null)) end as code
      from ${selected} left join ${table} t on ${match} cross join lateral (values
        ${values.length === 0 ? '(null::text, false, false, null::text, null::text)' : values.join(',\n        ')}
      ) f (field, changed, taken, before, after)
      where s."$n" = c.n and c.op <> 'D' and f.changed and f.before is distinct from f.after
      union all
      select o.field, null, null, o.code from pg_temp.tidegate_forecast o where o.n = c.n and o.code is not null and o.field is not null
    ) d on true
    order by c.n, d.field`;
}
