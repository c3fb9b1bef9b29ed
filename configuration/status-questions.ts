import type { LinkConfig } from './config.ts';

/** The collections of a link as their status is asked for (`StatusQuestion` of adaptor/data/control/link-status.ts). */
export function statusQuestions(
  link: LinkConfig,
): readonly { readonly collection: string; readonly schema: string; readonly table: string; readonly condition: string }[] {
  return link.collections.map(({ name, table, filter }) => {
    const [schema = '', tableName = ''] = table.split('.');
    return { collection: name, schema, table: tableName, condition: filter?.sql ?? 'true' };
  });
}
