import { describe, expect, it } from 'vitest';
import { appointmentOf } from '../../../crm/exports/appointment-of.ts';
import { taskOf } from '../../../crm/exports/task-of.ts';
import { component, file } from '../../adaptor/data/import/entries/entries-of.ts';
import { mapFile, mapLines } from './mapped.ts';

const event = (...lines: string[]) => mapLines(appointmentOf, 'VEVENT', ...lines);
const task = (...lines: string[]) => mapLines(taskOf, 'VTODO', ...lines);

describe('an appointment from a VEVENT', () => {
  it('takes what the CRM has fields for', async () => {
    const record = await event(
      'UID:1@example.com',
      'DTSTART;TZID=Europe/Berlin:20260701T090000',
      'DTEND;TZID=Europe/Berlin:20260701T103000',
      String.raw`SUMMARY:Plan\, then do`,
      String.raw`DESCRIPTION:one\ntwo`,
      'LOCATION:Room 1',
      'STATUS:TENTATIVE',
      'ATTENDEE;CN="Sandoval, Mira";PARTSTAT=ACCEPTED:mailto:mira@crm.example',
      'ATTENDEE:MAILTO:tom@crm.example',
      'SEQUENCE:3',
      'LAST-MODIFIED:20260601T120000Z',
    );
    expect(record).toMatchObject({ kind: 'appointment', uid: '1@example.com', occurrence: null, added: [], sequence: 3, modified: '2026-06-01T12:00:00Z' });
    expect(record.timeZones).toEqual(['Europe/Berlin']);
    expect(record.values).toEqual({
      summary: 'Plan, then do',
      description: 'one\ntwo',
      location: 'Room 1',
      status: 'tentative',
      attendees: [
        { name: 'Sandoval, Mira', email: 'mira@crm.example', status: 'accepted' },
        { name: null, email: 'tom@crm.example', status: 'needs-action' },
      ],
      private: false,
      all_day: false,
      start_date: null,
      end_date: null,
      starts_at: '2026-07-01T09:00:00',
      ends_at: '2026-07-01T10:30:00',
      time_zone: 'Europe/Berlin',
      recurrence: null,
      exceptions: [],
    });
  });

  it.each([
    ['a date stays a date', ['DTSTART;VALUE=DATE:20260701', 'DTEND;VALUE=DATE:20260703'], [true, '2026-07-01', '2026-07-03', null, null, null]],
    ['a date that does not say so is one', ['DTSTART:20260701', 'DTEND:20260702'], [true, '2026-07-01', '2026-07-02', null, null, null]],
    ['one day, told as none', ['DTSTART:20260701', 'DTEND:20260701'], [true, '2026-07-01', null, null, null, null]],
    ['days by duration', ['DTSTART;VALUE=DATE:20260701', 'DURATION:P2D'], [true, '2026-07-01', '2026-07-03', null, null, null]],
    ['UTC stays UTC', ['DTSTART:20260701T090000Z'], [false, null, null, '2026-07-01T09:00:00', null, 'UTC']],
    ['floating stays floating', ['DTSTART:20260701T090000', 'DURATION:PT1H'], [false, null, null, '2026-07-01T09:00:00', '2026-07-01T10:00:00', null]],
    ['a Windows name is a zone', ['DTSTART;TZID=Tokyo Standard Time:20260701T090000'], [false, null, null, '2026-07-01T09:00:00', null, 'Asia/Tokyo']],
    [
      'an end in another zone is told in the first',
      ['DTSTART;TZID=Europe/Berlin:20260701T090000', 'DTEND;TZID=America/New_York:20260701T120000'],
      [false, null, null, '2026-07-01T09:00:00', '2026-07-01T18:00:00', 'Europe/Berlin'],
    ],
    [
      'the night when clocks go forward',
      ['DTSTART;TZID=Europe/Berlin:20260328T220000', 'DURATION:PT8H'],
      [false, null, null, '2026-03-28T22:00:00', '2026-03-29T07:00:00', 'Europe/Berlin'],
    ],
  ])('%s', async (_what, lines, expected) => {
    const { values: v } = await event(...lines);
    expect([v['all_day'], v['start_date'], v['end_date'], v['starts_at'], v['ends_at'], v['time_zone']]).toEqual(expected);
  });

  it.each([
    ['no start', ['SUMMARY:x'], 'value-invalid'],
    ['a start that is none', ['DTSTART:INVALID-DATE'], 'value-invalid'],
    ['a thirteenth month', ['DTSTART:20261301T000000Z'], 'value-invalid'],
    ['an end before the start', ['DTSTART:20260702T100000', 'DTEND:20260702T090000'], 'value-invalid'],
    ['a date and a time', ['DTSTART:20260702T100000', 'DTEND;VALUE=DATE:20260703'], 'value-invalid'],
    ['a rule that is none', ['DTSTART:20260702T100000', 'RRULE:FREQ=OFTEN'], 'value-invalid'],
    ['an added date that is none', ['DTSTART:20260702T100000', 'RDATE:1'], 'value-invalid'],
    ['an unknown zone, which is not floating', ['DTSTART;TZID=Nowhere:20260702T100000'], 'time-zone-unknown'],
    ['an unknown zone in an exception', ['DTSTART:20260702T100000Z', 'RRULE:FREQ=DAILY', 'EXDATE;TZID=Nowhere:20260703T100000'], 'time-zone-unknown'],
    ['this and all later ones', ['DTSTART:20260702T100000Z', 'RECURRENCE-ID;RANGE=THISANDFUTURE:20260702T100000Z'], 'entry-unsupported'],
  ])('is refused with %s', async (_what, lines, code) => {
    await expect(event(...lines)).rejects.toMatchObject({ code });
  });

  it('that is a series keeps its rule, exceptions in its zone, and added occurrences with their length', async () => {
    const record = await event(
      'DTSTART;TZID=Europe/Berlin:20260701T090000',
      'DURATION:PT1H',
      'RRULE:FREQ=DAILY;BYDAY=MO, TU;COUNT=9',
      'EXDATE:20260706T070000Z,20260707T070000Z',
      'EXDATE:',
      'RDATE;TZID=Asia/Tokyo:20261024T160000',
      'RDATE;VALUE=PERIOD:20261101T080000Z/PT3H,20261102T080000Z/20261102T090000Z',
      'RDATE:',
    );
    expect(record.values).toMatchObject({ recurrence: 'FREQ=DAILY;BYDAY=MO,TU;COUNT=9', exceptions: ['2026-07-06T09:00:00', '2026-07-07T09:00:00'] });
    expect(record.added.map(({ text, values: v }) => [text, v['starts_at'], v['ends_at'], v['recurrence']])).toEqual([
      ['2026-10-24T09:00:00', '2026-10-24T09:00:00', '2026-10-24T10:00:00', null],
      ['2026-11-01T09:00:00', '2026-11-01T09:00:00', '2026-11-01T12:00:00', null],
      ['2026-11-02T09:00:00', '2026-11-02T09:00:00', '2026-11-02T10:00:00', null],
    ]);
  });

  it('that is an override has no rule of its own', async () => {
    const record = await event('DTSTART:20260702T100000Z', 'RECURRENCE-ID;TZID=Europe/Berlin:20260702T110000', 'RRULE:FREQ=DAILY', 'EXDATE:20260703T100000Z');
    expect(record.occurrence).toEqual({ text: '2026-07-02T11:00:00', instant: '2026-07-02T09:00:00Z' });
    expect(record.values).toMatchObject({ recurrence: null, exceptions: [] });
    expect(record.added).toEqual([]);
  });

  it('is cancelled by a cancellation, and none where it answers an invitation', async () => {
    const calendar = (method: string) => file('BEGIN:VCALENDAR', 'VERSION:2.0', `METHOD:${method}`) + component('VEVENT', 'DTSTART:20260702T100000Z');
    expect((await mapFile(appointmentOf, calendar('CANCEL'))).values).toMatchObject({ status: 'cancelled' });
    expect(await mapFile(appointmentOf, calendar('REQUEST'))).toMatchObject({ version: '2.0', values: { status: 'confirmed' } });
    await expect(mapFile(appointmentOf, calendar('REPLY'))).rejects.toMatchObject({ code: 'entry-unsupported' });
  });
});

describe('a task from a VTODO', () => {
  it.each([
    ['due on a date', ['DUE;VALUE=DATE:20260701'], ['2026-07-01', null, null]],
    ['due at a time in a zone', ['DUE;TZID=Asia/Tokyo:20260701T093000'], ['2026-07-01', '09:30:00', 'Asia/Tokyo']],
    ['due at a floating time', ['DUE:20260701T093000'], ['2026-07-01', '09:30:00', null]],
    ['due after a while', ['DTSTART:20260701T230000Z', 'DURATION:PT2H'], ['2026-07-02', '01:00:00', 'UTC']],
    ['not due', ['DTSTART:20260701T230000Z'], [null, null, null]],
  ])('is %s', async (_what, lines, expected) => {
    const { values: v } = await task(...lines);
    expect([v['due_date'], v['due_time'], v['time_zone']]).toEqual(expected);
  });

  it.each([
    ['open', [], ['open', null]],
    ['in progress', ['STATUS:IN-PROCESS'], ['in_progress', null]],
    ['done', ['STATUS:COMPLETED', 'COMPLETED:20260701T100000Z'], ['done', '2026-07-01T10:00:00Z']],
    ['done by its date alone', ['COMPLETED:20260701T100000Z'], ['done', '2026-07-01T10:00:00Z']],
    ['done at a time without zone', ['COMPLETED:20260701T100000'], ['done', '2026-07-01T10:00:00Z']],
    ['done on a day', ['COMPLETED;VALUE=DATE:20260701'], ['done', '2026-07-01T00:00:00Z']],
    ['open again: the old date is cleared', ['STATUS:NEEDS-ACTION', 'COMPLETED:20260701T100000Z'], ['open', null]],
    ['cancelled', ['STATUS:CANCELLED'], ['cancelled', null]],
  ])('is %s', async (_what, lines, expected) => {
    const { values: v } = await task(...lines);
    expect([v['status'], v['completed_at']]).toEqual(expected);
  });

  it('has a priority of 1 to 9, else none', async () => {
    expect((await task('PRIORITY:9', 'SUMMARY:x', 'CLASS:PRIVATE')).values).toMatchObject({ priority: 9, subject: 'x', private: true });
    for (const line of ['PRIORITY:12', 'PRIORITY:high', 'PRIORITY:']) expect((await task(line)).values).toMatchObject({ priority: 0 });
  });

  it('is refused where its date is none', async () => {
    await expect(task('DUE:tomorrow')).rejects.toMatchObject({ code: 'value-invalid' });
    await expect(task('DUE;TZID=Nowhere:20260701T093000')).rejects.toMatchObject({ code: 'time-zone-unknown' });
  });
});
