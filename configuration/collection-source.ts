import type { Authority, ConflictRule, Reference } from '../exchange/collection.ts';
import type { CollectionConfig } from './collection-config.ts';

/**
 * A configured collection in the form that the data plane describes tables from (`CollectionSource` of
 * adaptor/data/describe-collection.ts): schema and table apart, every field with its authority.
 */
export function collectionSource(collection: CollectionConfig): {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly key: readonly string[];
  readonly fields: readonly {
    readonly field: string;
    readonly column: string;
    readonly authority: Authority;
    readonly enumeration?: Readonly<Record<string, string>> | undefined;
    readonly conflicts?: ConflictRule | undefined;
    readonly sealed?: boolean | undefined;
  }[];
  readonly constants: Readonly<Record<string, string>>;
  readonly filter?: { readonly sql: string; readonly columns: readonly string[] } | undefined;
  readonly private?: { readonly sql: string; readonly columns: readonly string[] } | undefined;
  readonly access?: CollectionConfig['access'];
  readonly outOfScope: 'keep' | 'retract';
  readonly identity: CollectionConfig['identity'];
  readonly references: readonly Reference[];
  readonly conflicts: ConflictRule;
} {
  const { name, table, key, fields, authority, constants, filter, outOfScope, identity, references, conflicts, private: gate, access } = collection;
  const [schema = '', tableName = ''] = table.split('.');
  return {
    name,
    schema,
    table: tableName,
    key,
    fields: Object.entries(fields).map(([field, config]) => ({
      field,
      column: config.column,
      authority: ('authority' in config ? config.authority : undefined) ?? authority,
      enumeration: 'enumeration' in config ? config.enumeration : undefined,
      conflicts: 'conflicts' in config ? config.conflicts : undefined,
      sealed: 'sealed' in config ? config.sealed : undefined,
    })),
    constants,
    filter,
    private: gate,
    access,
    outOfScope,
    identity,
    references,
    conflicts,
  };
}
