import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { component, file } from '../../adaptor/data/import/entries/entries-of.ts';
import { type ImportStore, createImportStore } from './import-store.ts';

let store: ImportStore;
beforeAll(async () => void (store = await createImportStore()));
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

const event = (...lines: string[]) => component('VEVENT', ...lines);
const SERIES = ['UID:s', 'DTSTART;TZID=Europe/Berlin:20260701T090000', 'DTEND;TZID=Europe/Berlin:20260701T100000', 'RRULE:FREQ=DAILY', 'SUMMARY:daily'];
const series = (...lines: string[]) => event(...SERIES, ...lines);
const override = (id: string, ...lines: string[]) => event('UID:s', id, 'DTSTART;TZID=Europe/Berlin:20260702T110000', ...lines);

/** Overrides with whether they have a series, in order. */
const overrides = () =>
  store.rows(
    `select o.recurrence_id, s.summary as series, o.starts_at from crm.appointments o left join crm.appointments s on s.id = o.series_id
      where o.recurrence_id is not null order by o.recurrence_id, o.starts_at`,
  );

describe('an override of a single occurrence', () => {
  it.each([
    ['in the zone of the series', 'RECURRENCE-ID;TZID=Europe/Berlin:20260702T090000'],
    ['in UTC', 'RECURRENCE-ID:20260702T070000Z'],
    ['in another zone', 'RECURRENCE-ID;TZID=America/New_York:20260702T030000'],
    ['by its day', 'RECURRENCE-ID;VALUE=DATE:20260702'],
  ])('belongs to its series, told %s, before or behind it in the file', async (_what, id) => {
    for (const text of [series() + override(id), override(id) + series()]) {
      await store.clear();
      expect(await store.importText(text)).toMatchObject({ entries: 2, added: 2, refused: [] });
      expect(await overrides()).toEqual([{ recurrence_id: '2026-07-02T09:00:00', series: 'daily', starts_at: '2026-07-02T11:00:00' }]);
      expect(await store.importText(text)).toMatchObject({ added: 0, updated: 0, present: 2 });
    }
  });

  it('of an all-day series is told by its date', async () => {
    await store.importText(event('UID:s', 'DTSTART;VALUE=DATE:20260701', 'RRULE:FREQ=DAILY', 'SUMMARY:days') + override('RECURRENCE-ID:20260702T000000Z'));
    expect(await overrides()).toMatchObject([{ recurrence_id: '2026-07-02', series: 'days' }]);
  });

  it('waits for a series that comes later, and joins it', async () => {
    const waiting = override('RECURRENCE-ID:20260702T070000Z');
    expect(await store.importText(waiting)).toMatchObject({ added: 1 });
    expect(await overrides()).toMatchObject([{ recurrence_id: '2026-07-02T07:00:00', series: null }]);
    expect(await store.importText(series())).toMatchObject({ added: 1 });
    expect(await overrides()).toMatchObject([{ recurrence_id: '2026-07-02T09:00:00', series: 'daily' }]);
    expect(await store.importText(series() + waiting)).toMatchObject({ added: 0, updated: 0, present: 2 });
  });

  it('that comes alone finds the series that is there', async () => {
    await store.importText(series());
    await store.importText(override('RECURRENCE-ID:20260702T070000Z'));
    expect(await overrides()).toMatchObject([{ recurrence_id: '2026-07-02T09:00:00', series: 'daily' }]);
  });

  it('stays where a changed export no longer has it: absence is no delete', async () => {
    await store.importText(series() + override('RECURRENCE-ID:20260702T070000Z'));
    expect(await store.importText(series('LOCATION:here'))).toMatchObject({ updated: 1 });
    expect(await overrides()).toHaveLength(1);
  });

  it('changes by itself', async () => {
    await store.importText(series() + override('RECURRENCE-ID:20260702T070000Z', 'SUMMARY:a'));
    expect(await store.importText(series() + override('RECURRENCE-ID:20260702T070000Z', 'SUMMARY:b'))).toMatchObject({ updated: 1, present: 1 });
    expect(await store.rows('select summary, version from crm.appointments order by summary')).toEqual([
      { summary: 'b', version: 2 },
      { summary: 'daily', version: 1 },
    ]);
  });

  it('is an appointment by itself where its series was refused', async () => {
    const result = await store.importText(event('UID:s', 'DTSTART:never') + override('RECURRENCE-ID:20260702T070000Z'));
    expect(result).toMatchObject({ added: 1, refused: [{ entry: 1 }] });
    expect(await overrides()).toMatchObject([{ series: null }]);
  });
});

describe('occurrences that a series adds', () => {
  const RDATE = (...days: string[]) => days.map((day) => `RDATE;TZID=Europe/Berlin:202607${day}T200000`);

  it('come along as overrides, and go when the changed series no longer has them', async () => {
    expect(await store.importText(series(...RDATE('10', '11')))).toMatchObject({ entries: 1, added: 1 });
    expect(await overrides()).toEqual([
      { recurrence_id: '2026-07-10T20:00:00', series: 'daily', starts_at: '2026-07-10T20:00:00' },
      { recurrence_id: '2026-07-11T20:00:00', series: 'daily', starts_at: '2026-07-11T20:00:00' },
    ]);
    expect(await store.importText(series(...RDATE('10', '11')))).toMatchObject({ present: 1 });
    expect(await store.importText(series(...RDATE('11', '12')))).toMatchObject({ updated: 1 });
    expect((await overrides()).map((row) => row['recurrence_id'])).toEqual(['2026-07-11T20:00:00', '2026-07-12T20:00:00']);
  });

  it('do not come back with an older export of the series, nor where they were deleted in the CRM', async () => {
    await store.importText(series(...RDATE('10')));
    await store.importText(series(...RDATE('11')));
    expect(await store.importText(series(...RDATE('10')))).toMatchObject({ added: 0, updated: 0, present: 1 });
    expect(await overrides()).toMatchObject([{ recurrence_id: '2026-07-11T20:00:00' }]);
    await store.pool.query('delete from crm.appointments where recurrence_id is not null');
    await store.importText(series(...RDATE('11')));
    expect(await overrides()).toEqual([]);
  });

  it('stay where they were changed in the CRM', async () => {
    await store.importText(series(...RDATE('10', '11')));
    await store.pool.query(`update crm.appointments set location = 'by hand' where recurrence_id = '2026-07-10T20:00:00'`);
    await store.importText(series(...RDATE('12')));
    expect((await overrides()).map((row) => row['recurrence_id'])).toEqual(['2026-07-10T20:00:00', '2026-07-12T20:00:00']);
  });

  it('are less than an override of their own', async () => {
    const own = event('UID:s', 'RECURRENCE-ID;TZID=Europe/Berlin:20260710T200000', 'DTSTART;TZID=Europe/Berlin:20260710T210000');
    for (const text of [series(...RDATE('10')) + own, own + series(...RDATE('10'))]) {
      await store.clear();
      expect(await store.importText(text)).toMatchObject({ added: 2 });
      expect(await overrides()).toMatchObject([{ recurrence_id: '2026-07-10T20:00:00', starts_at: '2026-07-10T21:00:00' }]);
      expect(await store.importText(text)).toMatchObject({ present: 2 });
    }
  });
});

describe('tasks', () => {
  it('that are single occurrences are tasks of their own', async () => {
    const todo = (...lines: string[]) => component('VTODO', 'UID:t', ...lines);
    const text =
      file('BEGIN:VCALENDAR') + todo('DUE;VALUE=DATE:20260701', 'RRULE:FREQ=WEEKLY') + todo('RECURRENCE-ID;VALUE=DATE:20260708', 'DUE;VALUE=DATE:20260709');
    expect(await store.importText(text)).toMatchObject({ added: 2 });
    expect(await store.importText(text)).toMatchObject({ present: 2 });
    expect(await store.rows('select due_date from crm.tasks order by 1')).toEqual([{ due_date: '2026-07-01' }, { due_date: '2026-07-09' }]);
  });
});
