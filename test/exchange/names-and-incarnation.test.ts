import { describe, expect, it } from 'vitest';
import { type CollectionDefinition, changeableFields } from '../../exchange/collection.ts';
import { incarnationDifferences } from '../../exchange/incarnation.ts';
import { linkName, parseLinkName } from '../../exchange/names.ts';
import { wireColumns } from '../../exchange/wire-row.ts';

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

describe('incarnations', () => {
  const one = { storeId: '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a01', systemId: '7', timeline: 1, databaseId: '5' };

  it('name what differs', () => {
    expect(incarnationDifferences(one, one)).toEqual([]);
    expect(incarnationDifferences(one, { ...one, timeline: 2 })).toEqual(['timeline']);
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

  it('gives the columns on the wire their order', () => {
    expect(wireColumns(definition)).toEqual(['op', 'changed', 'base', 'actor', 'id', 'ours', 'theirs', 'both']);
  });
});
