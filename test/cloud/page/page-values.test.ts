import { describe, expect, it } from 'vitest';
import { readAs } from '../../support/page-reader.ts';
import type { Collection, Field } from '../../../cloud/page/src/records/collections.ts';

/* What the third party's page makes of values, without a browser; a reader east of Greenwich. */
readAs({ languages: ['en-GB'], zone: 'Australia/Sydney' });
const { faultOf, kindOf, listText, parseLabelled, shiftDay, showValue, whenText } = await import('../../../cloud/page/src/records/field-kind.ts');
const { changedValues } = await import('../../../cloud/page/src/records/edited.ts');
const { formFaults } = await import('../../../cloud/page/src/records/form-faults.ts');
const { columnText, formFields, sortOf, titleOf, viewOf } = await import('../../../cloud/page/src/records/views.ts');
const { newTimes, timeFaults, uselessFields } = await import('../../../cloud/page/src/calendar/appointment-times.ts');
const { isCalendar } = await import('../../../cloud/page/src/calendar/calendar-fields.ts');
const { collectionText, fieldText, texts, valueText } = await import('../../../cloud/page/src/texts/texts.ts');

const field = (name: string, type = 'text', more: Partial<Field> = {}): Field => ({ name, type, required: false, access: 'open', made: false, ...more });
const collection = (name: string, fields: readonly Field[], key = ['id']): Collection => ({ name, key, fields, insertable: true, deletable: true });
const EVENTS = collection('appointments', [
  field('id', 'uuid', { access: 'key', made: true }),
  field('summary'),
  field('allDay', 'boolean'),
  field('startDate', 'date'),
  field('endDate', 'date'),
  field('startsAt', 'timestamp without time zone'),
  field('endsAt', 'timestamp without time zone'),
  field('timeZone'),
  field('recurrence'),
  field('seriesId', 'uuid'),
]);

describe('the kind of a field', () => {
  it.each([
    [field('status', 'text', { values: ['open'] }), 'choice'],
    [field('contactId', 'uuid', { references: 'contacts' }), 'reference'],
    [field('done', 'boolean'), 'boolean'],
    [field('birthday', 'date'), 'date'],
    [field('endDate', 'date'), 'last-day'],
    [field('dueTime', 'time without time zone'), 'time'],
    [field('dueTime', 'time(3) without time zone'), 'time'],
    [field('startsAt', 'timestamp(6) without time zone'), 'moment'],
    [field('at', 'timestamp with time zone'), 'moment'],
    [field('price', 'numeric(12,2)'), 'number'],
    [field('rank', 'smallint'), 'number'],
    [field('span', 'interval'), 'text'],
    [field('emails', 'jsonb'), 'labelled'],
    [field('attributes', 'jsonb'), 'json'],
    [field('note'), 'long'],
    [field('name', 'character varying(80)'), 'text'],
    [field('number', 'uuid'), 'text'],
  ])('%j is %s', (given, kind) => {
    expect(kindOf(given)).toBe(kind);
  });
});

describe('a value for people', () => {
  it.each([
    [field('birthday', 'date'), '1815-12-10', '10 Dec 1815'],
    [field('endDate', 'date'), '2026-08-02', '1 Aug 2026'],
    [field('startsAt', 'timestamp without time zone'), '2026-07-30 09:30:00', '30 Jul 2026, 09:30'],
    [field('startsAt', 'timestamp without time zone'), '2026-07-30 09:30:00.123456', '30 Jul 2026, 09:30'],
    [field('dueTime', 'time without time zone'), '09:30:00', '09:30'],
    [field('done', 'boolean'), 't', 'Yes'],
    [field('done', 'boolean'), 'false', 'No'],
    [field('price', 'numeric'), '12345678901234567890.10', '12345678901234567890.10'],
    [field('emails', 'jsonb'), '[{"label":"work","value":"a@x"},{"value":"b@x"}]', 'a@x, b@x'],
    [field('emails', 'jsonb'), '[]', '–'],
    [field('name'), null, '–'],
    [field('name'), '', '–'],
    // What no calendar of JavaScript knows is shown as PostgreSQL writes it.
    [field('birthday', 'date'), '0044-03-15 BC', '0044-03-15 BC'],
    [field('birthday', 'date'), 'infinity', 'infinity'],
    [field('startsAt', 'timestamp without time zone'), 'infinity', 'infinity'],
  ])('of %j %j is %s', (given, value, expected) => {
    expect(showValue(given, value).replaceAll('\u202f', ' ')).toBe(expected);
  });

  it('in a list is one of several, with how many more there are', () => {
    const emails = field('emails', 'jsonb');
    expect(listText(emails, '[{"label":"","value":"a@x"},{"label":"","value":"b@x"},{"label":"","value":"c@x"}]')).toBe('a@x +2');
    expect([listText(emails, '[{"label":"","value":"a@x"}]'), listText(emails, null), listText(field('name'), 'Ada')]).toEqual(['a@x', '–', 'Ada']);
  });

  it('says when an appointment is by its time, else by its day', () => {
    expect(whenText(EVENTS, { startsAt: '2026-07-30 09:30:00', startDate: null })).toMatch(/^30 Jul 2026, 09:30$/);
    expect(whenText(EVENTS, { startsAt: null, startDate: '2026-07-30' })).toBe('30 Jul 2026');
    expect(whenText(EVENTS, {})).toBe('–');
  });

  it('has the names that the cloud has for it, else the CRM’s in words', () => {
    expect([collectionText('appointments'), collectionText('salesTeams'), collectionText('sales_pipeline')]).toEqual([
      'Calendar',
      'Sales teams',
      'Sales pipeline',
    ]);
    expect([fieldText('familyName'), fieldText('creditLimit2'), fieldText('vat-id')]).toEqual(['Last name', 'Credit limit2', 'Vat id']);
    expect([valueText('never heard'), columnText(EVENTS, 'startsAt'), columnText(collection('x', []), 'startsAt')]).toEqual([
      'never heard',
      texts.list.when,
      fieldText('startsAt'),
    ]);
  });
});

describe('values with labels', () => {
  it('are read as they came, whatever else stands in them', () => {
    expect(parseLabelled('[{"label":"work","value":"1","kind":"fax"}]')).toEqual([{ label: 'work', value: '1', kind: 'fax' }]);
    expect(parseLabelled('[{"value":"1"},{"label":7,"value":"2"}]')).toEqual([
      { label: '', value: '1' },
      { label: '7', value: '2' },
    ]);
    expect([parseLabelled(null), parseLabelled('')]).toEqual([[], []]);
  });

  it.each(['{"value":"1"}', '[1]', '[null]', '[{"value":1}]', 'nonsense', '"a"'])('are not made up where something else stands there: %s', (text) => {
    expect(parseLabelled(text)).toBeUndefined();
  });
});

describe('what is sent of an edited record', () => {
  const fields = [field('name'), field('emails', 'jsonb'), field('note')];
  const base = { name: 'Ada', emails: '[{"label": "work", "value": "a@x"}]', note: null };

  it('is what differs: not what was typed back, nor what was not touched', () => {
    expect(changedValues(fields, base, { name: 'Ada', note: null })).toEqual({});
    expect(changedValues(fields, base, { name: 'Bea' })).toEqual({ name: 'Bea' });
    expect(changedValues(fields, base, { name: null })).toEqual({ name: null });
    // No field of the form.
    expect(changedValues(fields, base, { owner: 'eve' })).toEqual({});
  });

  it('is not the same list in other spaces, and not a value that was added and left empty', () => {
    expect(changedValues(fields, base, { emails: '[{"label":"work","value":"a@x"}]' })).toEqual({});
    expect(changedValues(fields, base, { emails: '[{"label":"work","value":"a@x"},{"label":"work","value":" "}]' })).toEqual({});
    expect(changedValues(fields, base, { emails: '[{"label":"home","value":"a@x"}]' })).toEqual({ emails: '[{"label":"home","value":"a@x"}]' });
    expect(changedValues(fields, { ...base, emails: null }, { emails: '[]' })).toEqual({});
    expect(changedValues(fields, base, { emails: '[]' })).toEqual({ emails: '[]' });
  });
});

describe('what is wrong with a value', () => {
  it.each([
    ['date', '2026-07-30', true],
    ['date', '30.7.2026', false],
    ['date', '2026-13-01', false],
    ['time', '23:59', true],
    ['time', '09:30:15', true],
    ['time', '24:00', false],
    ['timestamp without time zone', '2026-07-30T09:30', true],
    ['timestamp with time zone', '2026-07-30 09:30:00+02', true],
    ['timestamp without time zone', '2026-07-30', false],
    ['numeric', '-12.50', true],
    ['numeric', '1e6', true],
    ['numeric', '12,50', false],
    ['integer', 'seven', false],
    ['jsonb', '{"a": 1}', true],
    ['jsonb', '{a: 1}', false],
    ['text', 'anything', true],
  ])('of type %s: %j, %s', (type, value, isRight) => {
    expect(faultOf(field('x', type), value) === null).toBe(isRight);
  });

  it('that is needed is that it is not there', () => {
    for (const value of [null, '', ' ']) {
      expect(faultOf(field('x', 'text', { required: true }), value)).toBe(texts.faults.needed);
      expect(faultOf(field('x', 'date'), value)).toBeNull();
    }
  });

  it('is looked for in all of a new record, and in what was touched of one that is there', () => {
    const fields = [field('name', 'text', { required: true }), field('born', 'date'), field('price', 'numeric')];
    const products = collection('products', fields);
    // The CRM sent an empty name, a day before Christ and what is no number: all of them PostgreSQL's to have, and none of them the employee's.
    const stored = { name: '', born: '0044-03-15 BC', price: 'NaN' };
    expect(Object.keys(formFaults(products, fields, stored, undefined))).toEqual(['name', 'born', 'price']);
    expect(formFaults(products, fields, { ...stored, price: '7' }, { price: '7' })).toEqual({});
    expect(formFaults(products, fields, { ...stored, price: 'seven' }, { price: 'seven' })).toEqual({ price: texts.faults.number });
    expect(formFaults(products, fields, { ...stored, name: null }, { name: null })).toEqual({ name: texts.faults.needed });
  });
});

describe('an appointment', () => {
  const whole = { allDay: 'true', startDate: '2026-07-30', endDate: '2026-07-31' };
  const timed = { allDay: 'false', startsAt: '2026-07-30 09:30:00', endsAt: '2026-07-30 10:30:00' };

  it('has no use for times where it takes whole days, and for days where it has times', () => {
    expect(uselessFields(EVENTS, whole)).toEqual(['startsAt', 'endsAt', 'timeZone']);
    expect(uselessFields(EVENTS, { ...whole, allDay: 't' })).toEqual(['startsAt', 'endsAt', 'timeZone']);
    expect(uselessFields(EVENTS, timed)).toEqual(['startDate', 'endDate']);
    expect(uselessFields(collection('products', [field('id')]), whole)).toEqual([]);
  });

  it('needs a begin, and ends after it', () => {
    const { needed, order } = texts.faults;
    expect([timeFaults(EVENTS, whole), timeFaults(EVENTS, timed)]).toEqual([{}, {}]);
    expect(timeFaults(EVENTS, { allDay: 'true', startDate: null })).toEqual({ startDate: needed });
    expect(timeFaults(EVENTS, { startsAt: '' })).toEqual({ startsAt: needed });
    // The end of days is the day after the last one.
    expect(timeFaults(EVENTS, { ...whole, endDate: '2026-07-30' })).toEqual({ endDate: order });
    expect(timeFaults(EVENTS, { ...timed, endsAt: '2026-07-30 09:00:00' })).toEqual({ endsAt: order });
    expect(timeFaults(EVENTS, { ...timed, endsAt: '2026-07-30 09:30:00' })).toEqual({});
    expect(timeFaults(EVENTS, { ...timed, startsAt: '2026-07-30T10:30', endsAt: '2026-07-30 10:30:00' })).toEqual({});
    expect(timeFaults(EVENTS, { ...timed, endsAt: null })).toEqual({});
    expect(timeFaults(collection('products', []), {})).toEqual({});
  });

  it('that came without a begin can be given another title', () => {
    const values = { summary: 'Dinner', startsAt: null };
    expect(formFaults(EVENTS, EVENTS.fields, values, { summary: 'Dinner' })).toEqual({});
    expect(formFaults(EVENTS, EVENTS.fields, values, { allDay: 'false' })).toEqual({ startsAt: texts.faults.needed });
    expect(formFaults(EVENTS, EVENTS.fields, values, undefined)).toEqual({ startsAt: texts.faults.needed });
  });

  it('that is new begins where somebody clicked, and lasts an hour or that day', () => {
    expect(newTimes('2026-07-30')).toMatchObject({ startsAt: '2026-07-30 09:00', endsAt: '2026-07-30 10:00', timeZone: 'Australia/Sydney' });
    expect(newTimes('2026-07-30', '2026-07-31T23:30')).toMatchObject({ startsAt: '2026-07-31 23:30', endsAt: '2026-08-01 00:30' });
    expect(newTimes('2026-07-30', '2026-12-31')).toEqual({ allDay: 'true', startDate: '2026-12-31', endDate: '2027-01-01' });
  });

  it('is what has days, times and a rule: nothing less can be looked at as a calendar', () => {
    expect(isCalendar(EVENTS)).toBe(true);
    for (const { name } of EVENTS.fields.slice(3))
      expect([name, isCalendar({ ...EVENTS, fields: EVENTS.fields.filter((each) => each.name !== name) })]).toEqual([name, false]);
  });

  it('days are shifted by the calendar, and what is no day stays', () => {
    expect([shiftDay('2026-12-31', 1), shiftDay('2026-03-01', -1), shiftDay('infinity', 1)]).toEqual(['2027-01-01', '2026-02-28', 'infinity']);
  });
});

describe('how a collection is shown', () => {
  const contacts = collection('contacts', [
    field('id', 'uuid', { access: 'key', made: true }),
    field('givenName'),
    field('familyName'),
    field('emails', 'jsonb'),
  ]);
  const products = collection(
    'products',
    [
      field('sku', 'text', { access: 'key' }),
      field('region', 'text', { access: 'key' }),
      ...['a', 'b', 'c', 'd'].map((name) => field(name)),
      field('x', 'jsonb'),
    ],
    ['region', 'sku'],
  );

  it('with the fields that it has, of a view of its own or by its key', () => {
    expect(viewOf(contacts)).toMatchObject({ title: ['givenName', 'familyName'], list: ['familyName', 'givenName', 'emails'] });
    expect(viewOf(products)).toEqual({ title: ['region', 'sku'], list: ['region', 'sku', 'a', 'b', 'c'], more: [] });
    // Another CRM's contacts may have nothing of what ours have.
    expect(viewOf(collection('contacts', [field('id'), field('name')])).title).toEqual(['id']);
  });

  it('names a record by what it has', () => {
    expect(titleOf(contacts, { values: { givenName: 'Ada', familyName: 'Lovelace' } })).toBe('Ada Lovelace');
    expect(titleOf(contacts, { values: { givenName: null, familyName: 'Lovelace' } })).toBe('Lovelace');
    expect(titleOf(contacts, { values: { givenName: null, familyName: null, company: 'Engines' } })).toBe('Engines');
    expect(titleOf(contacts, { values: {} })).toBe(texts.list.nameless);
    expect(titleOf(products, { values: { region: 'EU', sku: '7' } })).toBe('EU 7');
  });

  it('asks for keys that somebody types, and for none that are made', () => {
    expect(formFields(contacts).map(({ name }) => name)).toEqual(['givenName', 'familyName', 'emails']);
    expect(formFields(products).map(({ name }) => name)).toContain('sku');
  });

  it('sorts by a column, then by what names the records, the last name first', () => {
    expect(sortOf(viewOf(contacts), 'emails')).toEqual(['emails', 'familyName', 'givenName']);
    expect(sortOf(viewOf(contacts), 'familyName')).toEqual(['familyName', 'givenName']);
    expect(sortOf(viewOf(contacts), undefined)).toEqual([]);
  });
});
