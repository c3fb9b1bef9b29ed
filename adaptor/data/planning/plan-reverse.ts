import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { ReverseOrder } from '../../../exchange/claims.ts';
import { TRIAL } from '../capture/guard-function.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import { applyRecords, applyStatements } from '../injection/apply-records.ts';
import { openInjection } from '../injection/open-injection.ts';
import { joinWaitingSql } from '../injection/quarantine-records.ts';
import { type Receiver, changedSql, receiverOf, takenSql } from '../injection/receiver.ts';
import { injectionOptions, sessionFor } from '../injection/session.ts';
import { LARGE_WINDOW_ROWS, VERDICTS, analyseStage, stageRows, stageTable } from '../injection/stage.ts';
import { HOLDING } from '../injection/verdicts.ts';
import type { CollectionPlan } from '../plan.ts';
import { plannerSettings } from '../planner-settings.ts';
import { onConnection } from '../pool.ts';
import { literal, textArray } from '../quoting.ts';
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
 * Works out what the rows of a preview would do to the CRM: they are applied by the statements of a run, in a transaction that the
 * database does not let anybody commit (TRIAL), and rolled back. So constraints, triggers and conflicts say the same as they will to
 * the run. Its ledger entries tell what would become of each record. Throws as an injection does.
 */
export async function planReverse(
  pool: Pool,
  { plan, order, rows, proved, sample }: PreviewedRows,
): Promise<{ readonly forecast: CollectionForecast; readonly differences: readonly PlannedDifference[] }> {
  const options = injectionOptions([plan]);
  return onConnection(pool, async (client) => {
    await options.prepare(client);
    await client.query(options.begin);
    await stageRows(client, plan, rows);
    await proved();
    const trial = randomUUID();
    const receiver = await tryRows(pool, client, { plan, order, trial });
    const counts = await controlRow<Omit<CollectionForecast, 'collection' | 'code' | 'waits'>>(client, COUNTS);
    const differences = await controlRows<PlannedDifference>(client, differencesSql(receiver), [...WHOLE_STAGE, sample, trial]);
    await client.query('rollback');
    return { forecast: { collection: plan.definition.name, ...NOTHING, ...counts }, differences };
  });
}

interface Trial {
  readonly plan: CollectionPlan;
  readonly order: ReverseOrder;
  /** Stands for message and batch in the ledger entries that the trial writes. */
  readonly trial: string;
}

async function tryRows(pool: Pool, client: PoolClient, { plan, order, trial }: Trial): Promise<Receiver> {
  const open = await openInjection(client, { plan, direction: 'reverse', ordinal: order.afterOrdinal + 1, messageId: TRIAL });
  const receiver = await receiverOf(pool, client, plan, open.stamp);
  const staged = await controlRow<{ rows: number }>(client, `select count(*) as rows from ${stageTable(plan)}`);
  const isLarge = (staged?.rows ?? 0) > LARGE_WINDOW_ROWS;
  if (isLarge) await client.query(plannerSettings('scans'));
  if (open.waiting) await client.query(joinWaitingSql(receiver, 'reverse'));
  const parameters = { judge: [open.source, order.fields, order.operations], merge: [null, trial, trial] };
  const analyse = () => analyseStage(client, plan, staged?.rows ?? 0);
  await applyRecords(sessionFor(client, isLarge), receiver, applyStatements(receiver), parameters, { fresh: false, analyse });
  // Records that waited for a parent of their own window came in a later pass.
  await client.query(`update ${receiver.stage} set "$round" = 1 where "$round" > 1`);
  await client.query(`create temp table if not exists tidegate_forecast (n bigint, key text[], op text, outcome text, code text, field text) on commit drop`);
  await client.query(`insert into pg_temp.tidegate_forecast ${outcomeSql(receiver)}`, [trial]);
  return receiver;
}

/** One outcome a record, as the books of a run count it (tallySql). $1: batch of the trial. */
function outcomeSql({ stage, wireKey }: Receiver): string {
  return `
    select n, key, op, case when code is not null then 'quarantined' when held then 'conflicted' else coalesce(written, 'unchanged') end, code, field
    from (
      select s."$n" as n, ${wireKey} as key, s."$op" as op, coalesce(s."$code", case when v.refused and e.op is null then 'field-not-authorised' end) as code,
             s."$field" as field, v.held, case e.op when 'I' then 'insert' when 'U' then 'update' when 'D' then 'delete' end as written
      from ${stage} s
      left join tidegate.ledger_entry e on e.batch_id = $1::uuid and e.key = ${wireKey}
      left join (select n, bool_or(kind = 'refused') as refused, bool_or(kind in ${HOLDING} and kind <> 'outside') as held from ${VERDICTS} group by n) v on v.n = s."$n"
    ) judged`;
}

const COUNTS = `
  select count(*) filter (where outcome = 'insert') as insert, count(*) filter (where outcome = 'update') as update,
         count(*) filter (where outcome = 'delete') as delete, count(*) filter (where outcome = 'unchanged') as unchanged,
         count(*) filter (where outcome = 'conflicted') as conflicted, count(*) filter (where outcome = 'quarantined') as quarantined
  from pg_temp.tidegate_forecast`;

/**
 * Fields of the first records that would not stay as they are: what the ledger would say of them, and what would be kept out.
 * What is sealed stays so. $1 to $3: the staged rows; $4: number of records; $5: batch of the trial.
 */
function differencesSql(receiver: Receiver): string {
  const { plan, selected, match, table } = receiver;
  const fields = receiver.fields.filter((f) => f.sealed !== true);
  const values = fields.map((f) => `(${literal(f.name)}, ${changedSql(f.name)} and (s."$kept" or not (${takenSql(f.name)})), ${f.stored}, ${f.text})`);
  return `
    with chosen as materialized (select * from pg_temp.tidegate_forecast where outcome <> 'unchanged' order by n limit $4)
    select ${literal(plan.definition.name)} as collection, c.key, c.op, c.outcome, d.field, d.before, d.after, coalesce(c.code, d.code) as code
    from chosen c left join lateral (
      select w.field, e.before ->> w.field as before, e.after ->> w.field as after, null as code
      from tidegate.ledger_entry e cross join lateral unnest(e.fields) w (field)
      where e.batch_id = $5::uuid and e.key = c.key and c.op <> 'D' and w.field = any (${textArray(fields.map((f) => f.name))})
        and e.before ->> w.field is distinct from e.after ->> w.field
      union all
      select f.field, f.before, f.after, (select min(v.kind) from ${VERDICTS} v where v.n = c.n and (v.field = f.field or v.field is null))
      from ${selected} left join ${table} t on ${match} cross join lateral (values
        ${values.length === 0 ? '(null::text, false, null::text, null::text)' : values.join(',\n        ')}
      ) f (field, kept, before, after)
      where s."$n" = c.n and c.op <> 'D' and f.kept and f.before is distinct from f.after
      union all
      select o.field, null, null, o.code from pg_temp.tidegate_forecast o where o.n = c.n and o.code is not null and o.field is not null
    ) d on true
    order by c.n, d.field`;
}
