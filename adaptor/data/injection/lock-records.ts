import { ident } from '../quoting.ts';
import type { Receiver } from './receiver.ts';

/**
 * Locks the records that a window meets, in the order of their keys: what is read afterwards stays true until the commit,
 * and an edit that was under way is seen (under READ COMMITTED a merge alone overwrites it). A role that may change nothing
 * of a table can lock nothing of it either.
 */
export function lockSql(receiver: Receiver): string | undefined {
  if (!receiver.fields.some((f) => f.column.updatable)) return undefined;
  const order = receiver.key.map((f) => `t.${ident(f.column.name)}`).join(', ');
  return `
    select count(*)::text as locked from (
      select from ${receiver.table} t join ${receiver.selectedKeys} on ${receiver.match}
      order by ${order}
      for update of t
    ) met`;
}
