import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { collectionName, fieldNames } from '../../../cli/init/names.ts';
import { fieldNameSchema, nameSchema } from '../../../exchange/names.ts';

const named = (...columns: string[]) => [...fieldNames(columns).values()];

describe('names of fields', () => {
  it('are the columns in camel case', () => {
    expect(named('id', 'given_name', 'E-mail Address', 'Größe (cm)', '2fa', 'URL', '__proto__')).toEqual([
      'id',
      'givenName',
      'eMailAddress',
      'grosseCm',
      '_2fa',
      'url',
      'proto',
    ]);
  });

  it('stay apart, and stand for names without a letter too', () => {
    expect(named('a_b', 'aB', 'a b', '漢字', '***')).toEqual(['aB', 'aB_2', 'aB_3', 'field', 'field_2']);
  });

  it('fit the wire, whatever the columns are called, and no two are alike', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }), { maxLength: 12 }), (columns) => {
        const names = named(...columns);
        for (const name of names) expect(fieldNameSchema.safeParse(name).success).toBe(true);
        expect(new Set(names).size).toBe(columns.length);
      }),
    );
  });
});

describe('names of collections', () => {
  it('are the tables, with the schema before them where two are called alike', () => {
    const taken = new Set<string>();
    expect([
      collectionName('sales', 'Orders', taken),
      collectionName('archive', 'orders', taken),
      collectionName('archive', 'Orders', taken),
      collectionName('a', '1st', taken),
    ]).toEqual(['orders', 'archive_orders', 'archive_orders_2', 't_1st']);
  });

  it('are names, whatever the tables are called', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 80 })), { maxLength: 10 }), (tables) => {
        const taken = new Set<string>();
        const names = tables.map(([schema, table]) => collectionName(schema, table, taken));
        for (const name of names) expect(nameSchema.safeParse(name).success).toBe(true);
        expect(new Set(names).size).toBe(tables.length);
      }),
    );
  });
});
