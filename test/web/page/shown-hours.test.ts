import { expect, it } from 'vitest';
import { shownHours } from '../../../web/page/calendar/shown-hours.ts';

const at = (start: string, end: string | null, allDay = false) => ({ allDay, start, end });

it.each([
  ['nothing at all', [], '07', 20],
  ['days', [at('2026-07-30', '2026-08-01', true)], '07', 20],
  ['what lies within', [at('2026-07-30T09:30', '2026-07-30T10:15')], '07', 20],
  ['what begins early', [at('2026-07-30T05:45', '2026-07-30T06:00'), at('2026-07-31T06:00', null)], '05', 20],
  ['what ends late', [at('2026-07-30T20:30', '2026-07-30T21:15')], '07', 22],
  ['what ends on the hour', [at('2026-07-30T20:30', '2026-07-30T21:00')], '07', 21],
  ['what has no end', [at('2026-07-30T22:10', null)], '07', 23],
  ['what goes on past midnight', [at('2026-07-30T22:00', '2026-07-31T01:00')], '00', 24],
])('hours of a calendar with %s', (_what, entries, from, to) => {
  expect(shownHours(entries)).toEqual({ slotMinTime: `${from}:00:00`, slotMaxTime: `${to}:00:00` });
});
