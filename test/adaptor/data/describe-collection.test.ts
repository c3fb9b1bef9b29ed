import { describe, expect, test } from 'vitest';
import { type CollectionSource, describeCollection } from '../../../adaptor/data/describe-collection.ts';
import type { ColumnShape, TableShape } from '../../../adaptor/data/introspection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type SourceInput, sourceOf } from '../../support/captured-table.ts';

const column = (name: string, type: string, more: Partial<ColumnShape> = {}): ColumnShape => ({
  name,
  type,
  baseType: type,
  nullable: true,
  generated: false,
  virtual: false,
  hasDefault: false,
  ...more,
});

const shape = (more: Partial<TableShape> = {}): TableShape => ({
  schema: 'app',
  table: 'items',
  columns: [
    column('id', 'bigint', { nullable: false }),
    column('name', 'character varying(40)'),
    column('total', 'numeric(12,2)', { generated: true }),
    column('parent', 'bigint'),
    column('kind', 'text'),
  ],
  primaryKey: ['id'],
  uniqueKeys: [['id']],
  lookupsByIndex: true,
  actingKeys: [],
  obstacle: undefined,
  captured: false,
  estimatedRows: -1,
  ...more,
});

const source = (input: Partial<SourceInput> = {}): CollectionSource =>
  sourceOf({ table: 'items', fields: ['id', 'name', { field: 'sum', column: 'total' }], ...input });

describe('a definition', () => {
  test('has the fields in the order of the configuration, with the types of the table', () => {
    const { definition, binding, linkedParents } = describeCollection(
      source({ constants: { kind: 'x' }, filter: { sql: 'true', columns: ['kind'] } }),
      shape(),
    );
    expect(definition).toEqual({
      name: 'items',
      key: ['id'],
      fields: [
        { name: 'id', type: 'bigint', nullable: false, authority: 'either' },
        { name: 'name', type: 'character varying(40)', nullable: true, authority: 'either' },
        { name: 'sum', type: 'numeric(12,2)', nullable: true, authority: 'crm' },
      ],
      references: [],
    });
    expect(binding).toMatchObject({
      schema: 'app',
      table: 'items',
      constants: { kind: 'x' },
      filter: { sql: 'true', columns: ['kind'] },
      identity: { kind: 'shared' },
    });
    expect(linkedParents).toEqual([]);
  });

  test('of a child of a linked parent has the type of the minted key', () => {
    const parent = describeCollection(source({ identity: { kind: 'linked', match: ['name'] } }), shape());
    expect(parent.definition.fields[0]).toMatchObject({ name: 'id', type: 'uuid' });
    const child = source({ name: 'children', fields: ['id', 'parent'], references: [{ fields: ['parent'], collection: 'items' }] });
    const described = describeCollection(child, shape(), [parent]);
    expect(described.definition.fields).toMatchObject([{ type: 'bigint' }, { name: 'parent', type: 'uuid' }]);
    expect(described.linkedParents).toEqual(['items']);
    expect(describeCollection(child, shape(), [describeCollection(source(), shape())]).linkedParents).toEqual([]);
  });
});

describe('faults', () => {
  const faultsOf = (input: Partial<SourceInput>, more: Partial<TableShape> = {}): readonly string[] => {
    try {
      describeCollection(source(input), shape(more));
      return [];
    } catch (error) {
      expect(error).toBeInstanceOf(TidegateError);
      expect((error as TidegateError).code).toBe('configuration-invalid');
      return (error as TidegateError).facts['faults'] as readonly string[];
    }
  };

  test.each<[string, Partial<SourceInput>, Partial<TableShape>, RegExp]>([
    ['a column that is not there', { fields: ['id', 'nope'] }, {}, /column "nope" of field "nope"/],
    ['a filter over a column that is not there', { filter: { sql: 'x', columns: ['gone'] } }, {}, /column "gone"/],
    ['a constant in a column that is not there', { constants: { gone: 'x' } }, {}, /column "gone"/],
    ['a tenant column that is not there', { tenantColumn: 'tenant' }, {}, /column "tenant"/],
    ['a key that is none', { key: ['name'] }, {}, /neither the primary key nor a unique key/],
    ['a key that may be null', { key: ['name'] }, { uniqueKeys: [['name']] }, /key column "name" may be null/],
    ['a key without its field', { key: ['other'] }, {}, /a key field is not among the fields/],
    ['a table that cannot be captured', {}, { obstacle: 'it is partitioned' }, /cannot be captured: it is partitioned/],
    ['a virtual column', {}, { columns: shape().columns.map((c) => ({ ...c, virtual: c.name === 'total' })) }, /"total" is a virtual/],
  ])('%s', (_what, input, more, expected) => {
    expect(faultsOf(input, more).join('\n')).toMatch(expected);
  });

  test('are listed together', () => {
    expect(faultsOf({ fields: ['id', 'a', 'b'], tenantColumn: 'c' })).toHaveLength(4);
  });
});
