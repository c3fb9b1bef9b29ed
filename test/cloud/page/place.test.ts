import { describe, expect, it } from 'vitest';
import { readAddress, writeAddress } from '../../../cloud/page/src/app/place.ts';

const USUAL = { search: '', direction: 'asc', page: 1, size: 25, view: 'list' };

describe('an address of the third party’s page', () => {
  it('names the collection, and what of it is shown', () => {
    expect(readAddress('/tasks?search=ada&sort=dueDate&direction=desc&page=3&size=50&open=new')).toEqual({
      ...USUAL,
      collection: 'tasks',
      search: 'ada',
      sort: 'dueDate',
      direction: 'desc',
      page: 3,
      size: 50,
      open: 'new',
    });
    expect(readAddress('/appointments?view=calendar&period=month&date=2026-07-30&begins=2026-07-30T09:30')).toMatchObject({
      view: 'calendar',
      period: 'month',
      date: '2026-07-30',
      begins: '2026-07-30T09:30',
    });
    expect(readAddress('/')).toEqual({ ...USUAL, collection: 'contacts' });
  });

  it.each([
    'page=0',
    'page=two',
    'page=1000000',
    'size=7',
    'direction=up',
    'view=map',
    'period=year',
    'date=2026-02-30',
    'begins=soon',
    'begins=2026-13-45T09:30',
    'begins=2026-07-30T25:00',
    `search=${'x'.repeat(201)}`,
    `open=${'x'.repeat(2001)}`,
    'unheard=of',
  ])('that is wrong in a part shows what is usual there: %s', (query) => {
    const { collection, ...read } = readAddress(`/tasks?${query}`);
    expect(collection).toBe('tasks');
    expect(Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined))).toEqual(USUAL);
  });

  it('is written with what is not usual, and read back', () => {
    expect(writeAddress('contacts', { search: '', page: 1, size: 25, direction: 'asc', view: 'list', open: undefined })).toBe('/contacts');
    const shown = { search: 'Ada & Söhne/2?', sort: 'familyName', direction: 'desc', page: 2, open: '{"id":"a b"}' } as const;
    const address = writeAddress('sales teams', shown);
    expect(address).toMatch(/^\/sales%20teams\?/);
    expect(readAddress(address)).toEqual({ ...USUAL, ...shown, collection: 'sales teams' });
  });
});
