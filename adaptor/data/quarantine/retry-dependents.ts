import type { Pool, PoolClient } from 'pg';
import type { Reference } from '../../../exchange/collection.ts';
import { controlRows } from '../control-rows.ts';
import { applyDecided } from '../injection/apply-decided.ts';
import { lockPlace } from '../injection/channel-order.ts';
import { openInjection } from '../injection/open-injection.ts';
import { inInjection } from '../injection/session.ts';
import { type CollectionPlan, columnOf } from '../plan.ts';
import { ident, literal, qualified } from '../quoting.ts';
import type { ReleasedRecord } from '../release/released-record.ts';

/** Records of one collection that wait at the CRM for a parent, and the message under which they may come in. */
export interface WaitingDependents {
  readonly plan: CollectionPlan;
  /** Plans of the collections that it refers to. */
  readonly parents: readonly CollectionPlan[];
  readonly order: { readonly fields: readonly string[]; readonly operations: readonly string[] };
  readonly messageId: string;
  readonly runId: string;
}

/** Records that are tried in one transaction. */
const BATCH = 1000;

/** Parents may wait for parents of the same collection: one pass for each step of such a chain. */
const MAX_PASSES = 50;

/**
 * Tries records again that waited for a parent which is there now, in the reverse role under an accepted message: they go by
 * themselves. Gives how many came in. Throws as the injector does.
 */
export async function retryDependents(pool: Pool, waiting: WaitingDependents): Promise<number> {
  if (waiting.plan.definition.references.length === 0) return 0;
  let resolved = 0;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const came = await inInjection(pool, waiting.plan, (client) => retryBatch(pool, client, waiting));
    resolved += came;
    if (came === 0) break;
  }
  return resolved;
}

async function retryBatch(pool: Pool, client: PoolClient, { plan, parents, order, messageId, runId }: WaitingDependents): Promise<number> {
  const ready = readySql(plan, parents);
  const [first] = await controlRows(client, `${ready} limit 1`);
  if (first === undefined) return 0;
  const open = await openInjection(client, { plan, direction: 'reverse', ordinal: 0, messageId });
  const place = await lockPlace(client, plan, 'reverse', 0, 'update');
  if (place.linkState !== 'open') return 0;
  const rows = await controlRows<ReleasedRecord & { id: number }>(client, `${ready} order by q.id limit ${BATCH} for update of q`);
  const records = rows.filter(({ op }) => order.operations.includes(op));
  if (records.length === 0) return 0;
  const { outcomes } = await applyDecided(pool, client, { plan, open, records, order, orderId: messageId, runId, decided: false });
  const told = outcomes.map(({ at, code, field, detail }) => ({ id: records[at]?.id, code, field, detail }));
  await client.query(SETTLE, [JSON.stringify(told), runId]);
  return told.filter(({ code }) => code === null).length;
}

// What is refused for its authority was set aside anew, with its own reason (see keepRefusedSql).
const SETTLE = `
  update tidegate.quarantine q set
    state = case when t.code is null then 'resolved' when t.code = 'field-not-authorised' then 'superseded' else 'waiting' end,
    resolved_at = case when t.code is null or t.code = 'field-not-authorised' then now() end,
    resolved_by = case when t.code is null then 'tidegate' end, resolved_reason = case when t.code is null then 'Its parent came in, run ' || $2::text end,
    code = case when t.code is null or t.code = 'field-not-authorised' then q.code else t.code end,
    field = case when t.code is null or t.code = 'field-not-authorised' then q.field else t.field end,
    detail = coalesce(t.detail, q.detail)
  from jsonb_to_recordset($1::jsonb) t (id bigint, code text, field text, detail text)
  where q.id = t.id`;

/** Rows that wait for a parent, and whose declared parents are all there. */
function readySql({ linkName, definition }: CollectionPlan, parents: readonly CollectionPlan[]): string {
  const there = definition.references.map((reference) => parentThere(reference, parents)).filter((sql) => sql !== undefined);
  return `select q.id, q.collection, q.key, q.op, q.changed, q.base, q.actor, q.record from tidegate.quarantine q
    where q.link = ${literal(linkName)} and q.collection = ${literal(definition.name)} and q.direction = 'reverse' and q.state = 'waiting'
      and q.code = 'unknown-parent'${there.map((sql) => ` and ${sql}`).join('')}`;
}

function parentThere({ fields, collection }: Reference, parents: readonly CollectionPlan[]): string | undefined {
  const parent = parents.find(({ definition }) => definition.name === collection);
  if (parent === undefined) return undefined;
  const values = fields.map((name) => `q.record ->> ${literal(name)}`);
  const none = `(${values.map((value) => `${value} is null`).join(' or ')})`;
  const { schema, table, identity } = parent.binding;
  if (identity.kind === 'linked')
    return `(${none} or exists (select from tidegate.record_link r where r.link = q.link and r.collection = ${literal(collection)} and r.wire_key = array[${values.join(', ')}]))`;
  const key = parent.definition.key.map((field) => {
    const type = parent.definition.fields.find(({ name }) => name === field)?.type ?? 'text';
    return { column: ident(columnOf(parent, field)?.column ?? field), type };
  });
  const valid = values.map((value, i) => `pg_input_is_valid(${value}, ${literal(key[i]?.type ?? 'text')})`).join(' and ');
  const match = values.map((value, i) => `p.${key[i]?.column} = (${value})::${key[i]?.type}`).join(' and ');
  return `case when ${none} then true when ${valid} then exists (select from ${qualified(schema, table)} p where ${match}) else false end`;
}
