import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../../crm/api/records/list-records.ts';
import { filterConditions } from '../../../crm/records/filter-conditions.ts';
import { listOrder, searchTable, sortsOf } from '../../../crm/records/search-tables.ts';
import { asReadable, columnOf, type ColumnRights, hiddenColumnsIn, isVisible, requireColumns, rightsOn } from '../../../crm/records/table-rights.ts';

const column = (name: string, readable = true, type = 'text'): ColumnRights => ({
  table: 'crm.contacts',
  column: name,
  type,
  readable,
  insertable: readable,
  updatable: false,
  deletable: true,
});
const rights = rightsOn(
  [
    column('id', true, 'uuid'),
    column('given_name'),
    column('family_name', false),
    column('emails', false, 'jsonb'),
    column('company'),
    { ...column('note'), table: 'crm.tasks' },
  ],
  'crm.contacts',
);

describe('what a role may do with a table', () => {
  it('is that of this table alone', () => {
    expect([...rights.readable]).toEqual(['id', 'given_name', 'company']);
    expect([...rights.insertable]).toEqual(['id', 'given_name', 'company']);
    expect([rights.updatable.size, rights.deletable]).toEqual([0, true]);
    expect(rightsOn([], 'crm.contacts')).toMatchObject({ deletable: false });
  });

  it('shows a field by its column, and what is worked out always', () => {
    expect(['givenName', 'familyName', 'accountName'].map((name) => isVisible(rights, name))).toEqual([true, false, true]);
    expect([columnOf('givenName'), columnOf('id'), columnOf('aBC')]).toEqual(['given_name', 'id', 'a_b_c']);
  });

  it('refuses a field by its name, before anything is written', () => {
    expect(() => requireColumns(rights.readable, ['givenName', 'company'], 'change')).not.toThrow();
    expect(() => requireColumns(rights.updatable, ['company'], 'change')).toThrow(
      expect.objectContaining({ code: 'field-denied', facts: { field: 'company' } }),
    );
  });
});

describe('SQL in the name of a role', () => {
  it('names no hidden column: what is hidden counts as empty', () => {
    const { search } = searchTable('crm.contacts');
    expect(hiddenColumnsIn(rights, search).toSorted()).toEqual(['emails', 'family_name']);
    const asked = asReadable(rights, search);
    expect(hiddenColumnsIn(rights, asked)).toEqual([]);
    expect(asked).toBe(`crm.contact_search(given_name, null, company, job_title, '[]'::jsonb, phones)`);
    // Its own sort, alone, keeps a type.
    expect(asReadable(rights, 'family_name')).toBe('null::text');
  });

  it('is the very same where nothing is hidden, so that its index serves', () => {
    const open = rightsOn([column('given_name'), column('family_name'), column('emails', true, 'jsonb')], 'crm.contacts');
    expect(asReadable(open, searchTable('crm.contacts').search)).toBe(searchTable('crm.contacts').search);
  });

  it('does not take a column for another that begins alike', () => {
    const few = rightsOn([column('name', false), column('given_name')], 'crm.contacts');
    expect(asReadable(few, 'lower(given_name)')).toBe('lower(given_name)');
  });

  it('narrows by no filter that would tell of what is hidden', () => {
    expect(() => filterConditions('crm.contacts', { hasEmail: 'true' }, rights)).toThrow(
      expect.objectContaining({ code: 'field-denied', facts: { filter: 'hasEmail' } }),
    );
    expect(filterConditions('crm.contacts', { account: crypto.randomUUID(), hasEmail: undefined }, rights)).toHaveLength(1);
    expect(() => filterConditions('crm.contacts', { unheard: 'of' }, rights)).toThrow(/unheard/);
  });

  it('puts what is empty last, whichever way a list is sorted, and pages never overlap', () => {
    expect(listOrder('crm.contacts', 'company', 'asc').byExpressions).toBe('lower(company) asc, id asc');
    expect(listOrder('crm.contacts', 'company', 'desc').byExpressions).toBe('lower(company) desc nulls last, id desc');
    // Never empty: an index in either direction serves.
    expect(listOrder('crm.tasks', 'subject', 'desc').byExpressions).toBe('lower(subject) desc, id desc');
    expect(listOrder('crm.tasks', 'dueDate', 'desc')).toMatchObject({
      expressions: ['due_date', 'due_time'],
      byColumns: 'k0 desc nulls last, k1 desc nulls last, id desc',
    });
  });

  it('sorts by names that are listed, the first by default', () => {
    expect(sortsOf('crm.contacts')[0]).toBe('name');
    expect(sortsOf('crm.appointments')[0]).toBe('start');
    for (const table of ['crm.contacts', 'crm.accounts', 'crm.appointments', 'crm.tasks'] as const) expect(sortsOf(table)).toContain('updatedAt');
  });
});

describe('words that are searched', () => {
  it('are what stands between blanks, ten at most', () => {
    expect(wordsOf('  Ada\t Lovelace\n')).toEqual(['Ada', 'Lovelace']);
    expect(wordsOf('')).toEqual([]);
    expect(wordsOf('a b c d e f g h i j k l')).toHaveLength(10);
  });
});
