import { describe, expect, it } from 'vitest';
import { readAs } from '../../../support/page-reader.ts';
import type { State } from '../../../../crm/page/src/api/answers.ts';
import type { RecordFormOf } from '../../../../crm/page/src/records/record-view.ts';

readAs({ languages: ['en'] });
const { furthestStates } = await import('../../../../crm/page/src/records/furthest-states.ts');
const { ruledForm } = await import('../../../../crm/page/src/records/record-rights.ts');
const { wholeRow } = await import('../../../../crm/page/src/records/whole-row.ts');
const { texts } = await import('../../../../crm/page/src/texts/texts.ts');
const { fieldLabel } = await import('../../../../crm/page/src/texts/field-label.ts');
const { VIEWS, kindOfTable, viewOf } = await import('../../../../crm/page/src/history/views.ts');

const state = (key: string, name: State['state'], link = 'a'): State => ({
  key,
  link,
  state: name,
  reason: null,
  retraction: null,
  conflictFields: [],
  requested: false,
});

describe('the state of a record that goes to several clouds', () => {
  it.each([
    [['in-step', 'waiting'], 'waiting'],
    [['sent', 'queued'], 'queued'],
    [['never-sent', 'conflict'], 'conflict'],
    [['conflict', 'set-aside'], 'set-aside'],
    [['in-step', 'in-step'], 'in-step'],
    [['waiting', 'private'], 'private'],
  ] as const)('is the one furthest from being in step: %j is %s', (names, expected) => {
    for (const order of [names, names.toReversed()]) expect(furthestStates(order.map((name, i) => state('r', name, String(i)))).get('r')?.state).toBe(expected);
  });

  it('is each record’s own', () => {
    const states = furthestStates([state('r', 'in-step'), state('s', 'conflict'), state('r', 'sent')]);
    expect([states.get('r')?.state, states.get('s')?.state, states.get('t')]).toEqual(['sent', 'conflict', undefined]);
  });

  it('has a name and an explanation, whatever it is', () => {
    for (const name of Object.keys(texts.state.names) as State['state'][]) {
      expect(furthestStates([state('r', name), state('r', 'in-step')]).get('r')?.state).toBe(name);
      expect(texts.state.explanations[name]).toMatch(/\.$/);
    }
  });
});

describe('a form under rules of access', () => {
  const form = { getInputProps: (path: string) => ({ value: path }) } as unknown as RecordFormOf<object>;
  const rights = { hidden: ['creditLimit'], readOnly: ['jobTitle', 'emails'], insertable: true, deletable: true };
  const props = (path: string, mayWrite = true, given: typeof rights | null = rights) => ruledForm(form, given ?? undefined, mayWrite).getInputProps(path);

  it('takes nothing into hidden fields, and says why, to whomever', () => {
    for (const mayWrite of [true, false])
      expect(props('creditLimit', mayWrite)).toEqual({ value: 'creditLimit', disabled: true, description: texts.record.hidden });
  });

  it('takes nothing into fields that a writing user only reads, nor into parts of them', () => {
    for (const path of ['jobTitle', 'emails', 'emails.0.value']) expect(props(path)).toMatchObject({ disabled: true, description: texts.record.ruled });
    // Who writes nothing at all is told so once, above the form.
    expect(props('jobTitle', false)).toEqual({ value: 'jobTitle' });
  });

  it('takes everything else, and everything while the rules are not known', () => {
    expect(props('familyName')).toEqual({ value: 'familyName' });
    expect(props('creditLimit', true, null)).toEqual({ value: 'creditLimit' });
  });
});

describe('a record of which rules hide fields', () => {
  it('has them empty', () => {
    expect(wholeRow('contacts', { id: 'c1', familyName: 'Lovelace' })).toMatchObject({
      id: 'c1',
      familyName: 'Lovelace',
      emails: [],
      creditLimit: null,
      private: false,
    });
    expect(VIEWS.tasks.nameOf(wholeRow('tasks', { id: 't1', version: 1, updatedAt: '' }))).toBe(texts.task.unnamed);
    expect(VIEWS.appointments.nameOf(wholeRow('appointments', { id: 'a1', version: 1, updatedAt: '' }))).toBe(texts.appointment.unnamed);
    expect(VIEWS.contacts.nameOf(wholeRow('contacts', { id: 'c1', version: 1, updatedAt: '' }))).toBe(texts.contact.unnamed);
    expect(VIEWS.accounts.nameOf(wholeRow('accounts', { id: 'o1', version: 1, updatedAt: '' }))).toBe(texts.account.unnamed);
  });
});

describe('what things are called', () => {
  it('fields of each kind of record have a word, and those of no kind their own name', () => {
    for (const view of Object.values(VIEWS)) for (const field of Object.keys(view.empty)) expect([field, fieldLabel(field)]).not.toEqual([field, field]);
    expect([fieldLabel('industry'), fieldLabel('website'), fieldLabel('stage')]).toEqual(['Industry', 'Website', 'stage']);
    // What is a list of words in the texts is the name of no field.
    expect(fieldLabel('statuses')).toBe('statuses');
  });

  it('tables and addresses lead to the kinds that the page shows, and to nothing else', () => {
    expect([kindOfTable('crm.tasks'), kindOfTable('sales.accounts'), kindOfTable(undefined)]).toEqual(['tasks', undefined, undefined]);
    expect([viewOf('contacts')?.kind, viewOf('constructor'), viewOf('')]).toEqual(['contacts', undefined, undefined]);
  });
});
