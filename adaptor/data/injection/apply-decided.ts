import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { ReleasedRecord } from '../release/released-record.ts';
import { controlRows } from '../control-rows.ts';
import { sealedFields } from '../../../exchange/collection.ts';
import type { CollectionPlan } from '../plan.ts';
import { ident, literal } from '../quoting.ts';
import { type ApplyStatements, applyRecords, applyStatements } from './apply-records.ts';
import { keepVerdicts } from './apply-window.ts';
import { judgeDecidedSql } from './judge-decided.ts';
import type { OpenInjection } from './open-injection.ts';
import { receiverOf } from './receiver.ts';
import { sessionFor } from './session.ts';
import { VERDICTS, stageTable } from './stage.ts';

/** Records that are written into the CRM beside the windows: set aside before, or decided on by a user. */
export interface DecidedRecords {
  readonly plan: CollectionPlan;
  readonly open: OpenInjection;
  readonly records: readonly ReleasedRecord[];
  /** What the message or release orders. */
  readonly order: { readonly fields: readonly string[]; readonly operations: readonly string[] };
  /** Message or release. */
  readonly orderId: string;
  readonly runId: string;
  /** Whether values are written whatever the CRM has: a user has seen both. */
  readonly decided: boolean;
  /** Sealed values of the only record, opened: field -> text. Without them its sealed fields are left alone. */
  readonly opened?: OpenedValues | undefined;
}

/** `in-records`: the records hold the CRM's own text of sealed fields, not ciphertext. */
type OpenedValues = Readonly<Record<string, string>> | 'in-records';

/** What became of one record. */
export interface DecidedOutcome {
  /** Place in `records`. */
  readonly at: number;
  /** Null where the record was taken, at least in part. */
  readonly code: string | null;
  readonly field: string | null;
  readonly detail: string | null;
  readonly conflicted: boolean;
}

/** Applies the records, all in the caller's transaction. Gives the number that changed, and what became of each. */
export async function applyDecided(pool: Pool, client: PoolClient, input: DecidedRecords): Promise<{ changed: number; outcomes: readonly DecidedOutcome[] }> {
  const { plan, open, records, order, orderId, runId } = input;
  const receiver = await receiverOf(pool, client, plan, open.stamp);
  const session = sessionFor(client, false);
  await stageRecords(client, plan, records, input.opened);
  const made = applyStatements(receiver);
  const statements: ApplyStatements = input.decided ? { ...made, judge: judgeDecidedSql(receiver) } : made;
  const batchId = randomUUID();
  const parameters = { judge: [open.source, order.fields, order.operations], merge: [runId, orderId, batchId] };
  const applied = await applyRecords(session, receiver, statements, parameters, { fresh: false, analyse: async () => {} });
  const outcomes = await readOutcomes(client, plan);
  if (applied.verdicts > 0) await keepVerdicts(session, receiver, open.source, [0, batchId, runId, orderId]);
  return { changed: applied.changed, outcomes };
}

/** Puts records into the staging table in their order. They were set aside before, and are tried again (`$again`). */
export async function stageRecords(client: PoolClient, plan: CollectionPlan, records: readonly ReleasedRecord[], opened: OpenedValues = {}): Promise<void> {
  const { definition } = plan;
  const names = definition.fields.map(({ name }) => name);
  const sealed = opened === 'in-records' ? [] : sealedFields(definition);
  const value = (name: string): string => {
    if (definition.key.includes(name)) return `r.key ->> ${definition.key.indexOf(name)}`;
    // Nobody decides about ciphertext: it was opened, or the CRM has its own value.
    return sealed.includes(name) ? `$2::jsonb ->> ${literal(name)}` : `r.record ->> ${literal(name)}`;
  };
  await client.query(
    `insert into ${stageTable(plan)} ("$op", "$changed", "$base", "$actor", "$again", "$sealed", ${names.map(ident).join(', ')})
     select r.op, r.changed, r.base, r.actor, true, ${opened === 'in-records' ? 'null' : 'r.record'}, ${names.map(value).join(', ')}
     from jsonb_array_elements($1::jsonb) with ordinality given (item, place)
     cross join lateral jsonb_to_record(given.item) r (op text, changed text, base text, actor text, key jsonb, record jsonb)
     order by given.place`,
    [JSON.stringify(records), ...(sealed.length > 0 ? [JSON.stringify(opened)] : [])],
  );
}

async function readOutcomes(client: PoolClient, plan: CollectionPlan): Promise<readonly DecidedOutcome[]> {
  return controlRows<DecidedOutcome>(
    client,
    `select (row_number() over (order by s."$n") - 1)::int as at,
            case when s."$code" is not null then s."$code" when v.refused and not v.merged then 'field-not-authorised' end as code,
            coalesce(s."$field", v.fields) as field, s."$detail" as detail, coalesce(v.conflicted, false) as conflicted
     from ${stageTable(plan)} s left join (
       select n, bool_or(kind = 'refused') as refused, bool_or(kind = 'merged') as merged,
              string_agg(field, ', ' order by field) filter (where kind = 'refused') as fields,
              bool_or(kind in ('field', 'both-created', 'edit-against-delete', 'delete-against-edit')) as conflicted
       from ${VERDICTS} group by n) v on v.n = s."$n"
     order by 1`,
  );
}
