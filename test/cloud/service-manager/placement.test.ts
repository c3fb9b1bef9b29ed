import { describe, expect, it } from 'vitest';
import { placementOf, recordsColumnName, recordsFieldName, recordsTableName } from '../../../cloud/service-manager/placement.ts';
import { CLOUD_APPLICATIONS } from '../../../cloud/applications/registry.ts';
import type { CollectionDefinition, FieldDefinition } from '../../../exchange/collection.ts';

const LINK = { tenant: 'acme', environment: 'test', link: 'hub' };

const field = (name: string, type = 'text'): FieldDefinition => ({ name, type, nullable: true, authority: 'either' });
const definition = (name: string, fields: readonly FieldDefinition[], key = ['id']): CollectionDefinition => ({
  name,
  key,
  fields: [...fields],
  references: [],
});

describe('where a collection lives', () => {
  it('is the application that stands ready for it, with its own columns and values', () => {
    const { kind, binding, unsupported } = placementOf(LINK, definition('tasks', [field('id', 'uuid'), field('subject'), field('status')]));
    expect(kind).toBe('application');
    expect(binding).toMatchObject({ schema: 'cloud', table: 'todos', tenantColumn: 'tenant' });
    expect(binding.columns).toEqual([
      { field: 'id', column: 'id' },
      { field: 'subject', column: 'title' },
      { field: 'status', column: 'status', enumeration: { open: 'NEEDS-ACTION', 'in-progress': 'IN-PROCESS', done: 'COMPLETED', cancelled: 'CANCELLED' } },
    ]);
    expect(unsupported).toEqual([]);
  });

  it('names the fields that the application has no column for', () => {
    expect(placementOf(LINK, definition('contacts', [field('id', 'uuid'), field('shoeSize'), field('note')])).unsupported).toEqual(['shoeSize']);
  });

  it('is a table of plain records for every other collection, and for a key that no application has', () => {
    expect(placementOf(LINK, definition('products', [field('id'), field('price', 'numeric(12,2)')]))).toMatchObject({
      kind: 'records',
      binding: { schema: 'records', table: 'acme$products' },
      unsupported: [],
    });
    expect(placementOf(LINK, definition('contacts', [field('id', 'bigint')])).kind).toBe('records');
    expect(placementOf(LINK, definition('contacts', [field('no', 'uuid')], ['no'])).kind).toBe('records');
  });

  it('differs for every tenant and collection, within PostgreSQL’s limit of names', () => {
    const long = 'x'.repeat(63);
    const names = [
      recordsTableName('a', 'b__c'),
      recordsTableName('a__b', 'c'),
      recordsTableName(long, 'a'),
      recordsTableName(long, 'b'),
      recordsTableName(long, long),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(Math.max(...names.map((name) => Buffer.byteLength(name)))).toBeLessThanOrEqual(63);
  });

  it('gives fields columns that do not meet the tenant’s or PostgreSQL’s own', () => {
    for (const name of ['tenant', 'tenant_', 'xmin', 'ctid', 'tableoid', 'price', 'Tenant']) expect(recordsFieldName(recordsColumnName(name))).toBe(name);
    expect(new Set(['tenant', 'tenant_', 'tenant__'].map(recordsColumnName))).toEqual(new Set(['tenant_', 'tenant__', 'tenant___']));
    expect(recordsColumnName('xmin')).toBe('xmin_');
    expect(recordsColumnName('price')).toBe('price');
  });

  it('translates values reversibly in every application', () => {
    for (const { columns } of CLOUD_APPLICATIONS) {
      const names = Object.values(columns).map((column) => column.column);
      expect(new Set(names).size).toBe(names.length);
      for (const { enumeration = {} } of Object.values(columns)) expect(new Set(Object.values(enumeration)).size).toBe(Object.keys(enumeration).length);
    }
  });
});
