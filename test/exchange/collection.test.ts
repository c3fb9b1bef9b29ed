import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Authority,
  type CollectionDefinition,
  type ConflictRule,
  type TableBinding,
  changeableFields,
  collectionDefinitionSchema,
  conflictRule,
  returningFields,
  sealedFields,
  tableBindingSchema,
} from '../../exchange/collection.ts';

const field = (name: string, authority: Authority = 'either', sealed = false) => ({
  name,
  type: 'text',
  nullable: true,
  authority,
  ...(sealed ? { sealed: true as const } : {}),
});
const definition = (fields: CollectionDefinition['fields'], key = ['id']): CollectionDefinition => ({
  name: 'contacts',
  key,
  fields: [field('id'), ...fields],
  references: [],
});

const anyFields = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-h]$/), authority: fc.constantFrom<Authority>('crm', 'cloud', 'either'), sealed: fc.boolean() }),
  { selector: ({ name }) => name },
);

describe('fields that a reverse message may order', () => {
  it('are those that the cloud may change, then those that it keeps sealed', () => {
    const one = definition([field('iban', 'crm', true), field('ours', 'crm'), field('theirs', 'cloud'), field('both')]);
    expect(returningFields(one)).toEqual(['theirs', 'both', 'iban']);
  });

  it('are none where the cloud may change nothing: sealed values alone are no reason to ask it', () => {
    expect(returningFields(definition([field('iban', 'crm', true), field('ours', 'crm')]))).toEqual([]);
    expect(sealedFields(definition([field('iban', 'crm', true), field('ours', 'crm')]))).toEqual(['iban']);
  });

  it('never hold a key field, nor one that is the CRM’s alone and in the open', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const one = definition(fields.map(({ name, authority, sealed }) => field(name, sealed ? 'crm' : authority, sealed)));
        const back = returningFields(one);
        expect(back).not.toContain('id');
        for (const { name, authority, sealed } of one.fields) if (name !== 'id' && authority === 'crm' && sealed !== true) expect(back).not.toContain(name);
        expect(new Set(back).size).toBe(back.length);
      }),
    );
  });

  it('keep a key of several fields out of what either side changes', () => {
    const one = definition([field('region', 'cloud'), field('name')], ['id', 'region']);
    expect(changeableFields(one, 'crm')).toEqual(['name']);
    expect(changeableFields(one, 'cloud')).toEqual(['name']);
  });
});

describe('the rule for conflicts', () => {
  const binding = (collection?: ConflictRule, name?: ConflictRule): TableBinding => ({
    collection: 'contacts',
    schema: 'crm',
    table: 'contacts',
    columns: [
      { field: 'id', column: 'id' },
      { field: 'name', column: 'name', ...(name === undefined ? {} : { conflicts: name }) },
    ],
    constants: {},
    outOfScope: 'keep',
    identity: { kind: 'shared' },
    ...(collection === undefined ? {} : { conflicts: collection }),
  });

  it('is the field’s own, else the collection’s, else that the CRM wins', () => {
    expect(conflictRule(binding('review', 'cloud-wins'), 'name')).toBe('cloud-wins');
    expect(conflictRule(binding('review'), 'name')).toBe('review');
    expect(conflictRule(binding(), 'name')).toBe('crm-wins');
  });

  it('of a record as a whole, edited here and deleted there, is the collection’s, whatever its fields say', () => {
    expect(conflictRule(binding(undefined, 'cloud-wins'))).toBe('crm-wins');
    expect(conflictRule(binding('review', 'cloud-wins'))).toBe('review');
  });
});

describe('a definition that comes over the wire', () => {
  const good = definition([field('name')]);
  const many = (count: number) => Array.from({ length: count }, (_, n) => field(`f${n}`));

  it.each<[string, unknown]>([
    ['no key', { ...good, key: [] }],
    ['a key of nine fields', { ...good, key: Array.from({ length: 9 }, (_, n) => `k${n}`) }],
    ['no field', { ...good, fields: [] }],
    ['more fields than a table is given', { ...good, fields: many(401) }],
    ['a field whose name could end a statement', { ...good, fields: [field('a"; drop table x')] }],
    ['a type that is a story', { ...good, fields: [{ ...field('a'), type: 't'.repeat(129) }] }],
    ['an authority of nobody', { ...good, fields: [{ ...field('a'), authority: 'nobody' }] }],
    ['a field that is sealed “not”', { ...good, fields: [{ ...field('a'), sealed: false }] }],
    ['a reference by no field', { ...good, references: [{ fields: [], collection: 'accounts' }] }],
    ['a member that nobody knows', { ...good, sql: 'select 1' }],
  ])('is refused with %s', (_what, wrong) => expect(collectionDefinitionSchema.safeParse(wrong).success).toBe(false));

  it('is taken with as many fields as are allowed', () => {
    expect(collectionDefinitionSchema.safeParse({ ...good, fields: many(400) }).success).toBe(true);
  });
});

describe('how a collection lives in a store', () => {
  const good: TableBinding = {
    collection: 'contacts',
    schema: 'crm',
    table: 'contacts',
    columns: [{ field: 'id', column: 'id' }],
    constants: {},
    outOfScope: 'retract',
    identity: { kind: 'linked', match: ['email'] },
  };

  it.each<[string, unknown]>([
    ['a name that PostgreSQL would cut', { ...good, table: 't'.repeat(64) }],
    ['a filter that does not tell what it reads: its changes would go unnoticed', { ...good, filter: { sql: 'active', columns: [] } }],
    ['a private condition that does not tell what it reads', { ...good, private: { sql: 'secret', columns: [] } }],
    ['shared keys and pairing at once', { ...good, identity: { kind: 'shared', match: ['email'] } }],
    ['keys of its own and no word of pairing', { ...good, identity: { kind: 'linked' } }],
  ])('is refused with %s', (_what, wrong) => {
    expect(tableBindingSchema.safeParse(good).success).toBe(true);
    expect(tableBindingSchema.safeParse(wrong).success).toBe(false);
  });
});
