import { createHash } from 'node:crypto';
import { ident, literal, qualified } from '../../adaptor/data/quoting.ts';
import { type CollectionDefinition, type TableBinding, sealedFields } from '../../exchange/collection.ts';
import { SEALED_PREFIX } from '../../exchange/sealed.ts';

/** Name of the triggers; the injector knows by it that they change no value. */
const RULE = 'tidegate_sealed';

/** Columns of a table that hold sealed fields of any collection that is registered for it. */
export function sealedColumns({ columns }: TableBinding, definitions: readonly CollectionDefinition[]): readonly string[] {
  const sealed = new Set(definitions.flatMap(sealedFields));
  return columns.filter(({ field }) => sealed.has(field)).map(({ column }) => column);
}

/**
 * The statements that let a table's sealed columns hold sealed values only, whoever writes: also where an application's owner
 * gave its users rights on the whole table. Idempotent; run as the registrar, who need not own the table: the triggers go with
 * their function.
 */
export function sealedRuleStatements({ schema, table }: TableBinding, columns: readonly string[]): readonly string[] {
  const name = qualified(schema, table);
  const refuse = `tidegate.${ident(`refuse_unsealed_${createHash('sha256').update(name).digest('hex').slice(0, 16)}`)}`;
  if (columns.length === 0) return [`drop function if exists ${refuse}() cascade`];
  const open = columns.map((column) => `new.${ident(column)} is not null and not starts_with(new.${ident(column)}, ${literal(SEALED_PREFIX)})`);
  // What stood open before its field was sealed may stay until the CRM has sent it again.
  const opened = columns.map((column, i) => `${open[i]} and new.${ident(column)} is distinct from old.${ident(column)}`);
  const rule = (event: 'insert' | 'update', when: readonly string[]) =>
    `create or replace trigger ${RULE}_${event} before ${event} on ${name} for each row when (${when.join(' or ')}) execute function ${refuse}()`;
  return [
    `create or replace function ${refuse}() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception using errcode = '42501', message = 'tidegate: this column holds sealed values only';
end
$$`,
    `revoke all on function ${refuse}() from public`,
    rule('insert', open),
    rule('update', opened),
  ];
}
