import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAs } from '../../../support/page-reader.ts';

readAs({ languages: ['en'], zone: 'Pacific/Auckland' });
const { chosenFilters, filterQuery } = await import('../../../../crm/page/src/records/filter-view.ts');
const { listSearchSchema } = await import('../../../../crm/page/src/records/list-search.ts');
const { consoleSearchSchema } = await import('../../../../crm/page/src/app/console-search.ts');
const { VIEWS } = await import('../../../../crm/page/src/history/views.ts');
const filters = await import('../../../../crm/records/filters.ts');

// Already Thursday in Auckland.
beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-07-29T20:00:00Z') }));
afterEach(() => void vi.useRealTimers());

const query = (kind: keyof typeof VIEWS, chosen: Record<string, string>) => filterQuery(VIEWS[kind].filters, chosen);

describe('chosen filters', () => {
  it('are parameters of the API by their own names', () => {
    expect(query('contacts', { account: 'a1', hasEmail: 'true', private: 'false' })).toEqual({ account: 'a1', hasEmail: 'true', private: 'false' });
    expect(query('appointments', { from: '2026-07-01', to: '2026-07-31', status: 'tentative', recurring: 'true' })).toEqual({
      from: '2026-07-01',
      to: '2026-07-31',
      status: 'tentative',
      recurring: 'true',
    });
    expect(query('accounts', { industry: 'Retail' })).toEqual({ industry: 'Retail' });
    expect(filterQuery(VIEWS.contacts.filters)).toEqual({});
  });

  it.each([
    ['overdue', { dueTo: '2026-07-29', status: 'unfinished' }],
    ['today', { dueFrom: '2026-07-30', dueTo: '2026-07-30' }],
    ['week', { dueFrom: '2026-07-30', dueTo: '2026-08-05' }],
    ['none', { hasDate: 'false' }],
  ])('by when tasks are due go by the day of the reader’s clock: %s', (due, expected) => {
    expect(query('tasks', { due })).toEqual(expected);
  });

  it.each([
    ['contacts', { status: 'open', hasEmail: 'perhaps', industry: 'Retail', constructor: 'x' }],
    ['appointments', { status: 'done', from: '20266-01-01', to: 'tomorrow' }],
    ['appointments', { from: '2026-02-30', to: '2026-13-01' }],
    ['tasks', { due: 'someday', status: 'forgotten' }],
  ] as const)('of an old address, or with a slip in them, narrow nothing: %s %j', (kind, chosen) => {
    expect(query(kind, chosen)).toEqual({});
    expect(chosenFilters(VIEWS[kind].filters, chosen)).toEqual([]);
  });

  it('are all known to the API, each choice of them', () => {
    const schemas = {
      contacts: filters.contactFiltersSchema,
      accounts: filters.accountFiltersSchema,
      appointments: filters.appointmentFiltersSchema,
      tasks: filters.taskFiltersSchema,
    };
    for (const kind of ['contacts', 'accounts', 'appointments', 'tasks'] as const)
      for (const filter of VIEWS[kind].filters) {
        const values =
          filter.type === 'choice'
            ? filter.choices.map(({ value }) => value)
            : [{ day: '2026-07-30', text: 'Retail', record: crypto.randomUUID() }[filter.type]];
        for (const value of values)
          expect([kind, filter.name, value, schemas[kind].safeParse(query(kind, { [filter.name]: value })).success]).toEqual([kind, filter.name, value, true]);
      }
  });
});

describe('an address of a list', () => {
  it('is read as it was written', () => {
    const search = {
      search: 'ada',
      sort: 'name',
      direction: 'desc',
      page: 3,
      size: 50,
      filter: { private: 'true' },
      columns: ['company'],
      open: 'new',
      begins: '2026-07-30T09:30',
    };
    expect(listSearchSchema.parse(search)).toEqual(search);
    expect(listSearchSchema.parse({ view: 'calendar', period: 'month', date: '2026-07-30', begins: '2026-07-30' })).toEqual({
      view: 'calendar',
      period: 'month',
      date: '2026-07-30',
      begins: '2026-07-30',
    });
  });

  it('searches for numbers too, which addresses tell apart from texts', () => {
    expect(listSearchSchema.parse({ search: 4711 })).toEqual({ search: '4711' });
  });

  it.each([
    { page: 0 },
    { page: 'two' },
    { page: 1.5 },
    { size: 1000 },
    { direction: 'sideways' },
    { filter: 'private' },
    { filter: { private: 1 } },
    { columns: 'company' },
    { view: 'map' },
    { date: '2026-02-30' },
    { begins: 'soon' },
    { begins: '2026-13-01' },
    { begins: '2026-07-30T25:00' },
    { search: 'x'.repeat(201) },
    { unheard: 'of' },
  ])('that is wrong in a part shows the rest: %j', (wrong) => {
    const read = listSearchSchema.parse({ ...wrong, sort: 'company' });
    expect(Object.entries(read).filter(([, value]) => value !== undefined)).toEqual([['sort', 'company']]);
  });

  it('of the console leaves out what it does not know as well', () => {
    expect(consoleSearchSchema.parse({ tab: 'runs', way: 'reverse', state: 'failed', run: 'r1' })).toEqual({
      tab: 'runs',
      way: 'reverse',
      state: 'failed',
      run: 'r1',
    });
    expect(consoleSearchSchema.parse({ tab: 1, way: 'up', state: 'odd', run: {} })).toEqual({});
  });
});
