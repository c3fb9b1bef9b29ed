import { describe, expect, it } from 'vitest';
import { type CollectionDefinition, changeableFields } from '../../exchange/collection.ts';
import { incarnationDifferences } from '../../exchange/incarnation.ts';
import { fieldNameSchema, linkName, nameSchema, parseLinkName } from '../../exchange/names.ts';
import { ALL_FIELDS, WIRE_LIST_SEPARATOR, wireColumns } from '../../exchange/wire-row.ts';

describe('the full name of a link', () => {
  const link = { tenant: 'acme', environment: 'production', link: 'hub-2' };

  it('goes there and back', () => {
    expect(linkName(link)).toBe('acme/production/hub-2');
    expect(parseLinkName('acme/production/hub-2')).toEqual(link);
  });

  it.each(['', 'acme', 'acme/production', 'acme/production/hub/more', 'Acme/production/hub', '../production/hub', "a'/b/c"])('refuses %j', (wrong) => {
    expect(() => parseLinkName(wrong)).toThrow();
  });
});

describe('names', () => {
  it.each(['a', 'a1', 'a-b_c', 'a'.repeat(63)])('%j may be one', (name) => expect(nameSchema.safeParse(name).success).toBe(true));
  it.each(['', '1a', '-a', '_a', 'A', 'a b', 'a/b', 'a.b', 'ä', 'a\n', 'a'.repeat(64)])('%j is none', (name) =>
    expect(nameSchema.safeParse(name).success).toBe(false),
  );

  it.each(['firstName', '_x', 'X9', 'f'.repeat(63)])('%j may be a field’s', (name) => expect(fieldNameSchema.safeParse(name).success).toBe(true));
  it.each(['', '9x', 'first-name', 'first name', 'a"b', 'a|b', '*', 'naïve', 'f'.repeat(64)])(
    '%j may be no field’s: it stands in SQL and between signs on the wire',
    (name) => expect(fieldNameSchema.safeParse(name).success).toBe(false),
  );
});

describe('incarnations', () => {
  const one = { storeId: '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a01', systemId: '7', timeline: 1, databaseId: '5' };

  it('name what differs', () => {
    expect(incarnationDifferences(one, one)).toEqual([]);
    expect(incarnationDifferences(one, { ...one, timeline: 2 })).toEqual(['timeline']);
    expect(incarnationDifferences(one, { ...one, storeId: '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a02' })).toEqual(['storeId']);
    expect(incarnationDifferences(one, { ...one, systemId: '8', databaseId: '6' })).toEqual(['systemId', 'databaseId']);
  });
});

describe('a definition', () => {
  const field = (name: string, authority: 'crm' | 'cloud' | 'either') => ({ name, type: 'text', nullable: true, authority });
  const definition: CollectionDefinition = {
    name: 'things',
    key: ['id'],
    fields: [field('id', 'either'), field('ours', 'crm'), field('theirs', 'cloud'), field('both', 'either')],
    references: [],
  };

  it('says what each side may change; keys never change', () => {
    expect(changeableFields(definition, 'crm')).toEqual(['ours', 'both']);
    expect(changeableFields(definition, 'cloud')).toEqual(['theirs', 'both']);
  });

  it('has no field whose name would be taken for a sign of the wire', () => {
    for (const sign of [ALL_FIELDS, WIRE_LIST_SEPARATOR]) expect(fieldNameSchema.safeParse(sign).success).toBe(false);
    expect(fieldNameSchema.safeParse(`a${WIRE_LIST_SEPARATOR}b`).success).toBe(false);
  });

  it('gives the columns on the wire their order', () => {
    expect(wireColumns(definition)).toEqual(['op', 'changed', 'base', 'actor', 'id', 'ours', 'theirs', 'both']);
  });
});
