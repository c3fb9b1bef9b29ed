import { describe, expect, it } from 'vitest';
import { type EditRequest, readEdit, readEditRequest } from '../../../workers/cloud-edit/edit-request.ts';

const columns = ['id', 'name', 'note'].map((field) => ({ field, column: field }));
const one = { key: ['id'], columns };
const two = { key: ['id', 'name'], columns };
const request = (...args: string[]): EditRequest => readEditRequest(args) as EditRequest;
const edit = (place: typeof one, ...args: string[]) => readEdit(request(...args), place);
const refused = (code: string, text = '') => expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as object;

describe('the words of an edit at the cloud', () => {
  it('are of the tenant and the employee of the sample, unless others are named', () => {
    expect(request('delete', 'contacts', '7')).toMatchObject({ tenant: 'acme', actor: 'employee@cloud.example', database: undefined });
    expect(request('delete', 'contacts', '7', '--tenant', 'globex', '--by', 'eve@x', '--database', 'hub')).toEqual({
      tenant: 'globex',
      actor: 'eve@x',
      database: 'hub',
      act: 'delete',
      collection: 'contacts',
      rest: ['7'],
    });
    expect(readEditRequest(['--help', 'set'])).toBe('help');
  });

  it.each([[], ['set'], ['password'], ['password', 'noor@acme.example', 'secret'], ['set', 'contacts', '--fast'], ['--tenant']].map((args) => [args]))(
    '%j are answered with how it is done',
    (args) => expect(() => readEditRequest(args)).toThrow(refused('bad-request', 'npx tidegate cloud set COLLECTION KEY FIELD=VALUE')),
  );

  it('change, add and delete', () => {
    expect(edit(one, 'set', 'people', '7', 'name=Ada', 'note=a=b', 'id=')).toEqual({
      collection: 'people',
      key: { id: '7' },
      set: { name: 'Ada', note: 'a=b', id: null },
    });
    expect(edit(one, 'add', 'people', 'name=Ada')).toEqual({ collection: 'people', insert: { name: 'Ada' } });
    expect(edit(one, 'delete', 'people', '7')).toEqual({ collection: 'people', key: { id: '7' }, delete: true });
  });

  it.each([[['set', 'people', '7']], [['add', 'people']], [['delete', 'people']], [['delete', 'people', '7', 'note=x']], [['put', 'people', '7']]])(
    '%j say too little or too much: nothing is guessed',
    (args) => expect(() => edit(one, ...args)).toThrow(refused('bad-request', 'npx tidegate cloud delete')),
  );

  it('name a field with its value, and one that there is', () => {
    expect(() => edit(one, 'set', 'people', '7', 'note')).toThrow(refused('bad-request', '"note" is not FIELD=VALUE'));
    expect(() => edit(one, 'set', 'people', '7', '=x')).toThrow(refused('bad-request', 'FIELD=VALUE'));
    for (const args of [
      ['set', 'people', '7', 'note=x', 'nots=x'],
      ['add', 'people', 'nots=x'],
    ])
      expect(() => edit(one, ...args)).toThrow(refused('field-denied', '"nots" is none of id, name, note.'));
  });
});

describe('a key', () => {
  it('of one field is taken as it is, commas and all', () => {
    expect(edit(one, 'delete', 'people', 'a,b')).toMatchObject({ key: { id: 'a,b' } });
  });

  it('of several fields has a value for each, in their order', () => {
    expect(edit(two, 'set', 'people', '7,', 'note=x')).toMatchObject({ key: { id: '7', name: '' } });
    expect(edit(two, 'delete', 'people', '7,Ada')).toMatchObject({ key: { id: '7', name: 'Ada' } });
  });

  it.each(['7', '7,Ada,Lovelace'])('%j has not: another record would be changed', (key) => {
    for (const args of [
      ['set', 'people', key, 'note=x'],
      ['delete', 'people', key],
    ])
      expect(() => edit(two, ...args)).toThrow(refused('key-invalid', `"${key}" is not id,name.`));
  });
});
