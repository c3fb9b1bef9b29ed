import { literal } from '../quoting.ts';
import { type Receiver, SELECTED, changedSql } from './receiver.ts';
import { VERDICTS } from './stage.ts';

/**
 * Judges records whose values a user of the CRM has decided on (a conflict's losing value that is restored): nothing stands
 * against them but what the release and the field's authority do not allow.
 *
 * - `refused` on a record (operation not ordered, record gone) or on a field that is there and may not be changed;
 * - `pending` on a field of a record that comes back, where the CRM's own column takes no value from here: it stays empty.
 *
 * $4: source of the log, unused here; $5, $6: fields and operations that the release orders.
 */
export function judgeDecidedSql(receiver: Receiver): string {
  const { selected, match, table } = receiver;
  const fields = receiver.fields.map((f) => {
    const mayChange = f.authority !== 'crm' && f.column.updatable && !f.column.generated;
    // What was sealed comes back with its record, and at no other time.
    const comesBack = f.sealed === true && f.column.insertable && !f.column.generated;
    return `(${literal(f.name)}, ${comesBack ? `s."$op" = 'I'` : mayChange}, ${changedSql(f.name)}, ${f.text})`;
  });
  const key = receiver.key[0];
  return `
    insert into ${VERDICTS} (n, field, kind, crm, cloud)
    with staged as materialized (
      select s."$n" as n, s."$op" as op, $4::int as source, s."$op" = any ($6::text[]) as ordered, t."${key?.column.name.replaceAll('"', '""') ?? ''}" is not null as found
      from ${selected} left join ${table} t on ${match}
    )
    select n, null, 'refused', null, null from staged where not ordered or op = 'U' and not found or op = 'I' and found
    union all
    select st.n, f.field, case op when 'U' then 'refused' else 'pending' end, null, f.cloud
    from staged st join ${receiver.stage} s on s."$n" = st.n cross join lateral (values
      ${fields.join(',\n      ')}
    ) f (field, changeable, changed, cloud)
    where ${SELECTED} and st.ordered and st.op <> 'D' and f.changed and f.cloud is not null and not (f.changeable and f.field = any ($5::text[]))`;
}
