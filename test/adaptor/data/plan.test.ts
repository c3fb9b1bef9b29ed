import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../adaptor/data/canonical-json.ts';
import { decodeCursor, encodeCursor } from '../../../adaptor/data/cursor.ts';
import { capturedColumns, definitionHash, keyColumns, logKeyColumns, makePlan } from '../../../adaptor/data/plan.ts';
import { dollarQuoted, ident, literal, qualified, textArray } from '../../../adaptor/data/quoting.ts';
import { codeOf } from '../../support/code-of.ts';

const definition = {
  name: 'contacts',
  key: ['id'],
  fields: [
    { name: 'id', type: 'uuid', nullable: false, authority: 'either' as const },
    { name: 'name', type: 'text', nullable: true, authority: 'crm' as const },
  ],
  references: [],
};
const binding = {
  collection: 'contacts',
  schema: 'crm',
  table: 'contacts',
  columns: [
    { field: 'id', column: 'pk' },
    { field: 'name', column: 'full name' },
  ],
  constants: { kind: 'lead' },
  tenantColumn: 'tenant',
  filter: { sql: 'not hidden', columns: ['hidden', 'kind'] },
  outOfScope: 'keep' as const,
  identity: { kind: 'shared' as const },
};
const link = { tenant: 'acme', environment: 'test', link: 'hub' };

describe('a plan', () => {
  test('names the columns that matter, each once', () => {
    const plan = makePlan({ link, side: 'cloud', definition, binding });
    expect(keyColumns(plan)).toEqual(['pk']);
    expect(logKeyColumns(plan)).toEqual(['tenant', 'pk']);
    expect(capturedColumns(plan)).toEqual(['tenant', 'pk', 'full name', 'hidden', 'kind']);
    expect(plan).toMatchObject({ linkName: 'acme/test/hub', linkedParents: [] });
  });

  test('is refused where the key has no column, or a column no field', async () => {
    const make = (changed: Partial<typeof binding>) => codeOf((async () => makePlan({ link, side: 'crm', definition, binding: { ...binding, ...changed } }))());
    expect(await make({ columns: [{ field: 'name', column: 'n' }] })).toBe('configuration-invalid');
    expect(await make({ columns: [...binding.columns, { field: 'other', column: 'o' }] })).toBe('configuration-invalid');
  });

  test('has a hash that hangs on content and order of fields, not on the order of members', () => {
    const turned = {
      references: [],
      fields: definition.fields.map(({ name, type, nullable, authority }) => ({ authority, nullable, type, name })),
      key: ['id'],
      name: 'contacts',
    };
    expect(definitionHash(turned)).toBe(definitionHash(definition));
    expect(definitionHash(definition)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(definitionHash({ ...definition, fields: definition.fields.toReversed() })).not.toBe(definitionHash(definition));
  });
});

describe('canonical JSON', () => {
  test('orders members by UTF-16 code units, as RFC 8785 shows', () => {
    const input = {
      '€': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '😀': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      ö: 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.keys(JSON.parse(canonicalJson(input)) as object).toSorted()).toHaveLength(7);
    expect(canonicalJson(input)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  test('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('a cursor', () => {
  const cursor = { incarnation: { storeId: '11111111-1111-4111-8111-111111111111', systemId: '7', timeline: 1, databaseId: '5' }, snapshot: '10:20:11,12' };

  test('comes back as it went', () => {
    expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
  });

  test.each([
    '',
    'x',
    'bm90IGpzb24',
    Buffer.from(JSON.stringify({ ...cursor, snapshot: `1:1:'; DROP` })).toString('base64url'),
    Buffer.from(JSON.stringify({ ...cursor, more: 1 })).toString('base64url'),
  ])('that this store did not make is refused: %s', async (text) => {
    expect(await codeOf((async () => decodeCursor(text))())).toBe('cursor-invalid');
  });
});

test('names and texts in SQL stay names and texts', () => {
  expect(ident('a"b')).toBe('"a""b"');
  expect(qualified('s', 't"; DROP')).toBe('"s"."t""; DROP"');
  expect(literal(`it's`)).toBe(`'it''s'`);
  expect(literal(null)).toBe('NULL');
  expect(textArray([])).toBe(`'{}'::text[]`);
  expect(textArray([`a'b`])).toBe(`ARRAY['a''b']::text[]`);
  expect(dollarQuoted('x')).toBe('$tidegate$x$tidegate$');
  expect(dollarQuoted('$tidegate$ $tidegate_$')).toBe('$tidegate__$$tidegate$ $tidegate_$$tidegate__$');
});
