import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CalendarAppointment, calendarEntries } from '../../../adaptor/data/calendar/calendar-entries.ts';
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

describe('a change of an occurrence and all later ones', () => {
  const later = (day: string, ...lines: string[]) => event('UID:s', `RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:202607${day}T090000`, ...lines);
  const at = (day: string, time: string) => `DTSTART;TZID=Europe/Berlin:202607${day}T${time}`;

  /** Days of July 2026 as the calendar shows them: the start of each appointment, with its summary. */
  const july = async (): Promise<string[]> => {
    const rows = await store.rows(`select *, summary as title, all_day as "allDay", start_date as "startDate", end_date as "endDate", starts_at as "startsAt",
      ends_at as "endsAt", time_zone as "timeZone", series_id as "seriesId" from crm.appointments`);
    const gone = new Set(rows.map((row) => `${String(row['series_id'])} ${String(row['recurrence_id'])}`));
    const range = { from: '2026-07-01', to: '2026-07-31', timeZone: 'Europe/Berlin' };
    return calendarEntries(rows as unknown as CalendarAppointment[], gone, range).entries.map(({ start, title }) => `${start.slice(8, 16)} ${title}`);
  };
  const days = (from: number, to: number, rest: string) => Array.from({ length: to - from + 1 }, (_day, i) => `${String(from + i).padStart(2, '0')}T${rest}`);

  it('goes on as a series of its own, behind its series or before it in the file; a second time nothing is changed', async () => {
    const change = later('10', at('10', '110000'), 'DURATION:PT30M', 'SUMMARY:later');
    for (const text of [series() + change, change + series()]) {
      await store.clear();
      expect(await store.importText(text)).toMatchObject({ entries: 2, added: 2, refused: [] });
      expect(await july()).toEqual([...days(1, 9, '09:00 daily'), ...days(10, 31, '11:00 later')]);
      const before = await store.rows('select id, version from crm.appointments order by id');
      expect(await store.importText(text)).toMatchObject({ added: 0, updated: 0, present: 2 });
      expect(await store.rows('select id, version from crm.appointments order by id')).toEqual(before);
    }
  });

  it('keeps what was called off, and single occurrences, also those that come later', async () => {
    const own = event('UID:s', 'RECURRENCE-ID:20260712T070000Z', at('12', '200000'), 'SUMMARY:single');
    await store.importText(series('EXDATE;TZID=Europe/Berlin:20260711T090000') + own + later('10', at('10', '110000'), 'SUMMARY:later'));
    expect(await july()).toEqual([...days(1, 9, '09:00 daily'), '10T11:00 later', '12T20:00 single', ...days(13, 31, '11:00 later')]);
    await store.importText(event('UID:s', 'RECURRENCE-ID:20260714T070000Z', at('14', '210000'), 'SUMMARY:single'));
    expect(await july()).toEqual([
      ...days(1, 9, '09:00 daily'),
      '10T11:00 later',
      '12T20:00 single',
      '13T11:00 later',
      '14T21:00 single',
      ...days(15, 31, '11:00 later'),
    ]);
  });

  it('ends where the next one begins, in any order of the files', async () => {
    const files = [series(), later('10', at('10', '110000'), 'SUMMARY:b'), later('20', at('20', '120000'), 'SUMMARY:c')];
    for (const order of [files, [files[0] ?? '', files[2] ?? '', files[1] ?? '']]) {
      await store.clear();
      for (const text of order) expect(await store.importText(text)).toMatchObject({ added: 1, refused: [] });
      expect(await july()).toEqual([...days(1, 9, '09:00 daily'), ...days(10, 19, '11:00 b'), ...days(20, 31, '12:00 c')]);
    }
  });

  it('of the first occurrence leaves nothing of its series', async () => {
    await store.importText(series() + later('01', at('01', '100000'), 'SUMMARY:moved'));
    expect(await july()).toEqual(days(1, 31, '10:00 moved'));
  });

  it('may say itself when it takes place, with a rule or dates, also where its series is not there', async () => {
    const ruled = later('10', at('10', '110000'), 'RRULE:FREQ=WEEKLY;COUNT=2', 'SUMMARY:own');
    expect(await store.importText(ruled)).toMatchObject({ added: 1 });
    await store.importText(series());
    expect(await july()).toEqual([...days(1, 9, '09:00 daily'), '10T11:00 own', '17T11:00 own']);
    await store.clear();
    const listed = (...lines: string[]) => event('UID:s', ...lines, 'SUMMARY:listed');
    const dates = (...list: string[]) => list.map((day) => `RDATE;TZID=Europe/Berlin:202607${day}T090000`);
    await store.importText(
      listed(at('02', '090000'), ...dates('09', '16', '23')) + later('16', at('17', '100000'), 'RDATE;TZID=Europe/Berlin:20260724T100000', 'SUMMARY:own'),
    );
    expect(await july()).toEqual(['02T09:00 listed', '09T09:00 listed', '17T10:00 own', '24T10:00 own']);
  });

  it('is told one by one where no rule tells it', async () => {
    const first = event('UID:s', at('01', '090000'), 'RRULE:FREQ=WEEKLY;BYDAY=WE;BYHOUR=9,15;COUNT=6', 'SUMMARY:twice');
    const text = first + later('08', at('09', '100000'), 'DURATION:PT1H', 'SUMMARY:own');
    expect(await store.importText(text)).toMatchObject({ added: 2, refused: [] });
    expect(await july()).toEqual(['01T09:00 twice', '01T15:00 twice', '09T10:00 own', '09T16:00 own', '16T10:00 own', '16T16:00 own']);
    expect(await store.rows(`select distinct ends_at - starts_at as length from crm.appointments where summary = 'own'`)).toEqual([{ length: 'PT1H' }]);
    expect(await store.importText(text)).toMatchObject({ added: 0, updated: 0, present: 2 });
  });

  it('changes with its export; what was changed in the CRM meanwhile stays, also the rule of the series', async () => {
    await store.importText(series() + later('10', at('10', '110000'), 'SUMMARY:b'));
    await store.pool.query(`update crm.appointments set recurrence = 'FREQ=DAILY;COUNT=3' where summary = 'daily'`);
    expect(await store.importText(later('10', at('10', '120000'), 'SUMMARY:c'))).toMatchObject({ updated: 1 });
    expect(await july()).toEqual([...days(1, 3, '09:00 daily'), ...days(10, 31, '12:00 c')]);
  });

  it.each([
    ['its series is not there', '', later('10', at('10', '110000'))],
    ['its series has no rule', event('UID:s', at('01', '090000')), later('01', at('01', '110000'))],
    ['its series has dates beside the rule', series('RDATE;TZID=Europe/Berlin:20260720T200000'), later('10', at('10', '110000'))],
    ['it changes all earlier ones', series(), event('UID:s', 'RECURRENCE-ID;RANGE=THISANDPRIOR:20260710T070000Z', at('10', '110000'))],
  ])('is refused where %s, and its neighbours go in', async (_what, before, change) => {
    const result = await store.importText(before + change + component('VTODO', 'UID:t'));
    expect(result.refused).toMatchObject([{ code: 'entry-unsupported', property: 'RECURRENCE-ID', component: 'VEVENT' }]);
    expect(result.added).toBe(result.entries - 1);
    expect(await store.rows(`select from crm.appointments where summary <> 'daily' and uid <> 's'`)).toEqual([]);
  });
});

describe('vCalendar 1.0', () => {
  const calendar = (...lines: string[]) => file('BEGIN:VCALENDAR', 'VERSION:1.0', 'TZ:-05') + event(...lines) + file('END:VCALENDAR');

  it('goes in as it is meant, whole beside the record, and once', async () => {
    const text = calendar(
      'UID:v',
      'DTSTART:19970401T090000',
      'DTEND:19970401T100000',
      'SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Caf=E9, then; work=0D=0A=',
      'twice',
      'RRULE:W1 TU TH #2',
      'EXDATE:19970403T090000;19970408T090000',
      'AALARM:19970401T085500;;;',
    );
    expect(await store.importText(text)).toMatchObject({ added: 1, refused: [] });
    expect(await store.rows('select summary, starts_at, ends_at, time_zone, recurrence, exceptions from crm.appointments')).toEqual([
      {
        summary: 'Café, then; work\ntwice',
        starts_at: '1997-04-01T09:00:00',
        ends_at: '1997-04-01T10:00:00',
        time_zone: 'Etc/GMT+5',
        recurrence: 'FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,TH;COUNT=4',
        exceptions: ['1997-04-03T09:00:00', '1997-04-08T09:00:00'],
      },
    ]);
    const [kept] = await store.rows(`select residue #>> '{import,text}' as text, residue #>> '{import,version}' as version from crm.appointments`);
    expect(kept).toMatchObject({ version: '1.0', text: expect.stringContaining('AALARM:19970401T085500;;;') });
    expect(await store.importText(text)).toMatchObject({ added: 0, updated: 0, present: 1 });
  });

  it('refuses an entry whose rule is none, and takes its neighbours', async () => {
    const text = calendar('UID:bad', 'DTSTART:19970401T090000', 'RRULE:D1 0600 1200 #3') + calendar('UID:good', 'DTSTART:19970401');
    expect(await store.importText(text)).toMatchObject({ added: 1, refused: [{ entry: 1, code: 'value-invalid', property: 'RRULE' }] });
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
