import type { LinkConfig } from './config.ts';

/** The collections of a link as their status is asked for: what may travel counts, as on the pages (`StatusQuestion` of adaptor/data/control/link-status.ts). */
export function statusQuestions(
  link: LinkConfig,
): readonly { readonly collection: string; readonly schema: string; readonly table: string; readonly condition: string }[] {
  return link.collections.map(({ name, table, filter, private: gate }) => {
    const [schema = '', tableName = ''] = table.split('.');
    // A row of which the rule knows nothing counts as private, as it does where rows are sent.
    const conditions = [...(filter === undefined ? [] : [`(${filter.sql}\n)`]), ...(gate === undefined ? [] : [`(${gate.sql}\n) is false`])];
    return { collection: name, schema, table: tableName, condition: conditions.length === 0 ? 'true' : conditions.join(' and ') };
  });
}
