import { Temporal } from 'temporal-polyfill';
import { occurrencesBetween } from '../import/entries/recurrence.ts';

/** Greatest number of entries of one answer. */
export const MAX_ENTRIES = 2000;

/** An appointment or a series as a store holds it. Dates and wall times are texts without a zone. */
export interface CalendarAppointment {
  readonly id: string;
  readonly title: string;
  readonly allDay: boolean;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly timeZone: string | null;
  readonly recurrence: string | null;
  /** The series of which it replaces an occurrence. */
  readonly seriesId: string | null;
  /** Starts of occurrences that are left out. */
  readonly exceptions: readonly string[];
  readonly status: string;
  readonly location: string | null;
}

/** What a calendar shows: days (the end exclusive), or wall times in the viewer's zone. */
export interface CalendarEntry {
  readonly id: string;
  readonly title: string;
  readonly allDay: boolean;
  readonly start: string;
  readonly end: string | null;
  readonly status: string;
  readonly location: string | null;
  readonly recurring: boolean;
  /** Zone of the appointment itself; null where it has none. */
  readonly timeZone: string | null;
}

/** Entries of some days. */
export interface CalendarDays {
  readonly entries: readonly CalendarEntry[];
  /** There are more than one answer holds. */
  readonly truncated: boolean;
}

/** Days that are wanted, the last one included, and the viewer's zone. */
export interface CalendarRange {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

type Wall = Temporal.PlainDateTime;

/**
 * Appointments of some days as a viewer in a zone sees them: series are expanded, without exceptions and without the occurrences that were
 * moved (`gone`: `series start`). A zone shifts an appointment by at most a day, so that a day more has to be given at both ends.
 */
export function calendarEntries(rows: readonly CalendarAppointment[], gone: ReadonlySet<string>, { from, to, timeZone }: CalendarRange): CalendarDays {
  const first = Temporal.PlainDate.from(from);
  const last = Temporal.PlainDate.from(to);
  const entries = rows.flatMap((row) => occurrencesOf(row, first, last, gone).flatMap((at) => entryOf(row, at, timeZone))).filter(overlaps(first, last));
  entries.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.id < b.id ? -1 : 1));
  return { entries: entries.slice(0, MAX_ENTRIES), truncated: entries.length > MAX_ENTRIES };
}

/** Starts of an appointment around these days, as wall times in its own zone. */
function occurrencesOf(row: CalendarAppointment, first: Temporal.PlainDate, last: Temporal.PlainDate, gone: ReadonlySet<string>): readonly Wall[] {
  const text = row.allDay ? row.startDate : row.startsAt;
  if (text === null) return [];
  const start = Temporal.PlainDateTime.from(text);
  if (row.recurrence === null) return [start];
  const date = start.toPlainDate();
  const moment = row.allDay
    ? ({ kind: 'date', date } as const)
    : row.timeZone === null
      ? ({ kind: 'floating', wall: start } as const)
      : ({ kind: 'zoned', wall: start, zone: row.timeZone } as const);
  const lastsDays = Math.max(0, date.until(endOf(row, start).toPlainDate()).days);
  try {
    const found = occurrencesBetween(first.subtract({ days: 1 + lastsDays }), last.add({ days: 2 }), row.recurrence, moment, 'recurrence');
    const exceptions = new Set(row.exceptions);
    return found.flatMap((at) => {
      const wall = at.kind === 'date' ? at.date.toPlainDateTime() : at.wall;
      const name = at.kind === 'date' ? at.date.toString() : wall.toString({ smallestUnit: 'second' });
      return exceptions.has(name) || gone.has(`${row.id} ${name}`) ? [] : [wall];
    });
  } catch {
    // A rule that nobody can read, from elsewhere: its first occurrence is certain.
    return [start];
  }
}

/** End of an appointment that begins at `start`, in its own zone. */
function endOf(row: CalendarAppointment, start: Wall): Wall {
  const [begins, ends] = row.allDay ? [row.startDate, row.endDate] : [row.startsAt, row.endsAt];
  if (begins === null || ends === null) return row.allDay ? start.add({ days: 1 }) : start;
  return start.add(Temporal.PlainDateTime.from(begins).until(Temporal.PlainDateTime.from(ends)));
}

function entryOf(row: CalendarAppointment, start: Wall, viewerZone: string): CalendarEntry {
  const { id, title, allDay, status, location, timeZone } = row;
  const end = endOf(row, start);
  const seen = (wall: Wall): string => inZone(wall, timeZone, viewerZone).toString({ smallestUnit: 'second' });
  const days = allDay ? { start: start.toPlainDate().toString(), end: end.toPlainDate().toString() } : { start: seen(start), end: seen(end) };
  return { id, title, allDay, ...days, status, location, recurring: row.recurrence !== null || row.seriesId !== null, timeZone };
}

/** A wall time as a viewer's clock shows it; one without a zone, or in a zone that nobody knows, stays what it is. */
function inZone(wall: Wall, zone: string | null, viewerZone: string): Wall {
  if (zone === null) return wall;
  try {
    return wall.toZonedDateTime(zone).withTimeZone(viewerZone).toPlainDateTime();
  } catch {
    return wall;
  }
}

const overlaps =
  (first: Temporal.PlainDate, last: Temporal.PlainDate) =>
  ({ start, end, allDay }: CalendarEntry): boolean => {
    const until = end ?? start;
    return start.slice(0, 10) <= last.toString() && (allDay ? until > first.toString() : until.slice(0, 10) >= first.toString());
  };
