import type { CollectionConfig } from '../../configuration/collection-config.ts';
import type { LinkName } from '../../exchange/names.ts';

/** A collection of a link, with the table that holds it. */
export interface NamedCollection {
  readonly link: LinkName;
  readonly collection: string;
  readonly schema: string;
  readonly table: string;
  /** SQL condition of the rows that belong to the collection; out of the configuration. */
  readonly filter: string;
  /** SQL condition of private rows, where the collection has such a rule. */
  readonly gate?: string | undefined;
  /** Columns of the key, in order. */
  readonly keyColumns: readonly string[];
  /** Names of the fields, by their columns. */
  readonly fieldOfColumn: Readonly<Record<string, string>>;
}

/** Every collection of every link, in the order of the configuration. */
export function namedCollections(links: readonly { readonly name: LinkName; readonly collections: readonly CollectionConfig[] }[]): NamedCollection[] {
  return links.flatMap((link) =>
    link.collections.map((collection) => {
      const [schema = '', table = ''] = collection.table.split('.');
      const keyColumns = collection.key.flatMap((field) => collection.fields[field]?.column ?? []);
      const fieldOfColumn = Object.fromEntries(Object.entries(collection.fields).map(([field, { column }]) => [column, field]));
      return {
        link: link.name,
        collection: collection.name,
        schema,
        table,
        filter: insideOf(collection),
        gate: collection.private?.sql,
        keyColumns,
        fieldOfColumn,
      };
    }),
  );
}

/** What of a table belongs to a collection: its filter, and not private. A line break ends a comment in the configured text. */
export function insideOf({ filter, private: gate }: Pick<CollectionConfig, 'filter' | 'private'>): string {
  return [...(filter === undefined ? [] : [`(${filter.sql}\n)`]), ...(gate === undefined ? [] : [`((${gate.sql}\n) is false)`])].join(' and ') || 'true';
}
