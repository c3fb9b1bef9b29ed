import { ident } from '../quoting.ts';
import type { Receiver } from './receiver.ts';
import { LOCATED } from './stage.ts';

/**
 * Locks the records that a window meets, in the order of their keys: what is read afterwards stays true until the commit,
 * and an edit that was under way is seen (under READ COMMITTED a merge alone overwrites it). A role that may change nothing
 * of a table can lock nothing of it either. Notes where they lie, so that they are looked up by key once only; places in
 * a window are numbered for each shape, so those of another collection in this transaction go.
 */
export function lockSql(receiver: Receiver): string | undefined {
  const met = metSql(receiver);
  return (
    met &&
    `
    with of_others as (delete from ${LOCATED})
    insert into ${LOCATED} (n, tid)
    select met.n, met.tid from (${met}) met`
  );
}

/** Locks the same records, and only tells how many they are. */
export function lockedKeysSql(receiver: Receiver): string | undefined {
  const met = metSql(receiver);
  return met && `select count(*) from (${met}) met`;
}

function metSql(receiver: Receiver): string | undefined {
  if (!receiver.fields.some((f) => f.column.updatable)) return undefined;
  const order = receiver.key.map((f) => `t.${ident(f.column.name)}`).join(', ');
  return `
      select s."$n" as n, t.ctid as tid from ${receiver.table} t join ${receiver.selectedKeys} on ${receiver.match}
      order by ${order}
      for update of t`;
}
