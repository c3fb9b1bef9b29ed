import { OWN_KEY } from '../ledger/own-key.ts';
import { ident, literal, textArray } from '../quoting.ts';
import { type Receiver, type ReceivingField, changedSql, takenSql } from './receiver.ts';
import { VERDICTS } from './stage.ts';

/** What the merge of a window leaves behind beside the records. */
export interface MergeOptions {
  /** Whether each record that enters gets a ledger entry ($4: run, $5: message, $6: batch). */
  readonly ledger: boolean;
}

/**
 * One MERGE of the selected rows: fields that were changed and are not held back, only where they differ; new records
 * whole; tombstones. Links new keys, writes the ledger, and notes which partly held records were changed (`merged`) and
 * what a trigger of the table's owner made of a value (`derived`). Answers the number of changed records.
 */
export function mergeSql(receiver: Receiver, { ledger }: MergeOptions): string {
  const { table, selected, match, wireKey } = receiver;
  const updatable = updatableFields(receiver);
  const differs = updatable.map((f) => `${takenSql(f.name)} and ${f.stored} is distinct from ${f.text}`);
  const sets = updatable.map(
    (f) => `${ident(f.column.name)} = case when ${takenSql(f.name)} then ${takenValue(receiver, f)} else t.${ident(f.column.name)} end`,
  );
  const named = [
    `merge_action() as action, ${wireKey} as key, s."$actor" as actor`,
    ...receiver.key.map((f, i) => `coalesce(new.${ident(f.column.name)}, old.${ident(f.column.name)})::text as key${i}`),
  ];
  const returned = [
    `s."$n" as n, s."$held" is not null as partly`,
    // Every column costs, where a window has a hundred thousand rows.
    ...(ledger || receiver.linked ? named : []),
    ...(ledger ? [ledgerColumns(receiver, updatable)] : []),
    ...(derives(receiver) ? [`${derivedColumn(receiver, updatable)} as derived`] : []),
  ];
  const notes = [
    `select n, null, 'merged', null from merged where partly`,
    ...(derives(receiver) ? [`select n, null, 'derived', derived::text from merged where derived is not null`] : []),
  ];
  return `
    with merged as (
      merge into ${table} as t
      using (select ${['s.*', ...takenColumns(receiver)].join(', ')} from ${selected} where not s."$kept" offset 0) as s
      on ${match}${receiver.deletable ? `\n      when matched and s."$op" = 'D' then delete` : ''}${
        updatable.length === 0
          ? ''
          : `
      when matched and s."$op" <> 'D' and (
        ${differs.join('\n        or ')}
      ) then update set
        ${sets.join(',\n        ')}`
      }
      ${insertClause(receiver)}
      returning ${returned.join(',\n        ')}
    )${receiver.linked ? linkClauses(receiver) : ''}${ledger ? ledgerClause(receiver) : ''},
    noted as (
      insert into ${VERDICTS} (n, field, kind, crm)
      ${notes.join('\n      union all\n      ')}
      returning 1
    )
    select count(*)::text as changed, (count(*) filter (where partly))::text as partly, (select count(*) from noted)::text as noted from merged`;
}

/** Whether a value is more than the staged text, so that it is worked out once for each row. */
const isWorkedOut = (f: ReceivingField): boolean => f.value !== `s.${ident(f.name)}`;

/** Column of the merge's rows with the value of a field that is to be written. */
const takenName = ({ fields }: Receiver, f: ReceivingField): string => `"$v${fields.indexOf(f) + 1}"`;

/** Only of fields that are taken: of the others, the staged text may be no value here. */
function takenColumns(receiver: Receiver): readonly string[] {
  return receiver.fields.filter(isWorkedOut).map((f) => `case when ${takenSql(f.name)} then ${f.value} end as ${takenName(receiver, f)}`);
}

/** The value of a field that is taken. */
const takenValue = (receiver: Receiver, f: ReceivingField): string => (isWorkedOut(f) ? `s.${takenName(receiver, f)}` : f.value);

/** The value of a field of a new record, which gets those too that were not changed at their sender. */
function insertedValue(receiver: Receiver, f: ReceivingField): string {
  return isWorkedOut(f) ? `case when ${changedSql(f.name)} then s.${takenName(receiver, f)} else ${f.value} end` : f.value;
}

/** A value as its column holds it. */
const landed = (f: ReceivingField, value: string): string => (f.column.bareType === f.column.type ? value : `(${value})::${f.column.type}`);

/** Fields whose changes this store takes at all. */
export function updatableFields({ plan, fields }: Pick<Receiver, 'plan' | 'fields'>): readonly ReceivingField[] {
  const foreign = plan.side === 'cloud' ? 'cloud' : 'crm';
  return fields.filter((f) => f.authority !== foreign && !f.column.generated && (plan.side === 'cloud' || f.column.updatable));
}

/** Fields whose values a new record is given here. */
export function givenFields({ plan, linked, key, fields }: Receiver): readonly ReceivingField[] {
  return [...(linked ? [] : key), ...fields].filter((f) => !f.column.generated && (plan.side === 'cloud' || f.column.insertable));
}

function insertClause(receiver: Receiver): string {
  const { plan } = receiver;
  const given = givenFields(receiver);
  if (!receiver.linked && !receiver.key.every((f) => given.includes(f))) return '';
  const tenant = plan.binding.tenantColumn === undefined ? [] : [[plan.binding.tenantColumn, literal(plan.link.tenant)] as const];
  const constants = Object.entries(plan.binding.constants).map(([column, value]) => [column, literal(value)] as const);
  const fields = given.map(
    (f) =>
      [
        f.column.name,
        receiver.key.includes(f) ? f.value : `case when s."$held" is null or ${literal(f.name)} <> all (s."$held") then ${insertedValue(receiver, f)} end`,
      ] as const,
  );
  const all = [...tenant, ...constants, ...fields];
  const overriding = given.some((f) => f.column.identityAlways) ? ' overriding system value' : '';
  return `when not matched and s."$op" <> 'D' then insert (${all.map(([column]) => ident(column)).join(', ')})${overriding}
        values (${all.map(([, value]) => value).join(',\n          ')})`;
}

/** Ledger: the fields that really changed, and their values before and after, as text. */
function ledgerColumns(receiver: Receiver, updatable: readonly ReceivingField[]): string {
  const all = receiver.fields.map((f) => f.name);
  const whole = (row: 'old' | 'new') =>
    `jsonb_object(${textArray(all)}, array[${receiver.fields.map((f) => `${row}.${ident(f.column.name)}::text`).join(', ')}]::text[])`;
  const changed = updatable
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((f) => {
      const [before, after] = (['old', 'new'] as const).map((row) => `${row}.${ident(f.column.name)}::text`);
      return { name: f.name, before, after, when: `${changedSql(f.name)} and ${before} is distinct from ${after}` };
    });
  const names = changed.map(({ name, when }) => `case when ${when} then ${literal(name)} end`);
  const values = (side: 'before' | 'after') => jsonOf(changed.map((f) => ({ name: f.name, value: f[side] ?? 'null', when: f.when })));
  return `case merge_action() when 'UPDATE' then array_remove(array[${names.join(', ')}]::text[], null) else ${textArray(all)} end as fields,
        case merge_action() when 'DELETE' then ${whole('old')}${ownKey(receiver)} when 'UPDATE' then ${values('before')} end as before,
        case merge_action() when 'INSERT' then ${whole('new')} when 'UPDATE' then ${values('after')} end as after`;
}

/** A JSON object of the entries whose condition holds, put together as text: generic functions take several times as long. */
function jsonOf(entries: readonly { readonly name: string; readonly value: string; readonly when: string }[]): string {
  const parts = entries.map(
    ({ name, value, when }) => `case when ${when} then ${literal(`${JSON.stringify(name)}:`)} || coalesce(to_json(${value})::text, 'null') end`,
  );
  return `('{' || concat_ws(',', variadic array[${parts.join(', ')}]::text[]) || '}')::jsonb`;
}

function ownKey({ linked, key }: Receiver): string {
  if (!linked) return '';
  return ` || jsonb_build_object(${literal(OWN_KEY)}, json_build_array(${key.map((f) => `old.${ident(f.column.name)}::text`).join(', ')})::text)`;
}

/** The entries and the batch that the chain seals at commit. Hashes are salted, so that values can be destroyed (adaptor/data/ledger). */
function ledgerClause({ plan }: Receiver): string {
  const place = `${literal(plan.linkName)}, ${literal(plan.definition.name)}`;
  return `,
    ledgered as (
      insert into tidegate.ledger_entry (link, collection, key, op, fields, actor, run_id, message_id, batch_id, before, after, salt, before_hash, after_hash)
      select ${place}, key, op, fields, actor, $4, $5::uuid, $6::uuid, before, after, salt,
             tidegate.ledger_value_hash(salt, before), tidegate.ledger_value_hash(salt, after)
      from (
        select key, actor, case action when 'INSERT' then 'I' when 'UPDATE' then 'U' else 'D' end as op, fields, before, after,
               uuid_send(gen_random_uuid()) as salt
        from merged offset 0) entered
    ),
    batched as (
      insert into tidegate.ledger_batch (link, collection, run_id, message_id, batch_id)
      select ${place}, $4, $5::uuid, $6::uuid where exists (select from merged) on conflict (batch_id) do nothing
    )`;
}

/** A record that came gets its pair of keys; one that went gives it up, but where that is the CRM's own change: it is told by this key. */
function linkClauses({ plan, key }: Receiver): string {
  const local = `array[${key.map((_, i) => `key${i}`).join(', ')}]`;
  const pair = `${literal(plan.linkName)}, ${literal(plan.definition.name)}`;
  return `,
    linked as (
      insert into tidegate.record_link (link, collection, wire_key, local_key)
      select ${pair}, key, ${local} from merged where action = 'INSERT'
      on conflict (link, collection, wire_key) do update set local_key = excluded.local_key, linked_at = now()
    ),
    unlinked as (
      delete from tidegate.record_link r using merged m
      where r.link = ${literal(plan.linkName)} and r.collection = ${literal(plan.definition.name)} and r.wire_key = m.key and m.action = 'DELETE'
        and current_setting('tidegate.injecting', true) <> ''
    )`;
}

const derives = ({ altersInserts, altersUpdates }: Receiver): boolean => altersInserts || altersUpdates;

/**
 * Columns that hold something else than was written, with what was written: a trigger or a generated column made it so. Hardly
 * any row has one, so that all are compared at once, byte by byte (`*<>`), before any is looked at.
 */
function derivedColumn(receiver: Receiver, updatable: readonly ReceivingField[]): string {
  const columns = receiver.fields.map((f) => {
    const column = ident(f.column.name);
    const updated = updatable.includes(f) ? `case when ${takenSql(f.name)} then ${landed(f, takenValue(receiver, f))} else old.${column} end` : `old.${column}`;
    const inserted = `case when s."$held" is null or ${literal(f.name)} <> all (s."$held") then ${landed(f, insertedValue(receiver, f))} end`;
    return { name: literal(f.column.name), actual: `new.${column}`, UPDATE: updated, INSERT: inserted };
  });
  const derivedBy = (
    action: 'INSERT' | 'UPDATE',
  ) => `when merge_action() = '${action}' and row(${columns.map((c) => c.actual).join(', ')})::record operator(pg_catalog.*<>) row(
            ${columns.map((c) => c[action]).join(',\n            ')})::record then (
          select jsonb_object_agg(d.col, d.written) from (values
            ${columns.map((c) => `(${c.name}, ${c.actual}::text, (${c[action]})::text)`).join(',\n            ')}
          ) d (col, actual, written) where d.actual is distinct from d.written)`;
  const actions = [...(receiver.altersInserts ? [derivedBy('INSERT')] : []), ...(receiver.altersUpdates ? [derivedBy('UPDATE')] : [])];
  return `case ${actions.join('\n        ')} end`;
}
