import { Temporal } from 'temporal-polyfill';
import { occurrencesBetween } from '../../adaptor/data/import/entries/recurrence.ts';
import { type Appointment, Prisma, type PrismaClient } from '../../prisma/generated/crm/client.ts';
import { type ActingUser, asUser } from '../as-user.ts';
import { dateText, wallTimeText } from './local-times.ts';
import { readRow, recordSelect } from './record-select.ts';
import type { SearchableTable } from './search-tables.ts';
import { requireColumns, type TableRights } from './table-rights.ts';

/** Greatest number of entries of one answer. */
const MAX_ENTRIES = 2000;

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

type Row = Appointment;
type Wall = Temporal.PlainDateTime;

/** What says when something takes place: whom a rule hides it from, has no calendar. */
const TIMES = ['allDay', 'startDate', 'endDate', 'startsAt', 'endsAt', 'timeZone', 'recurrence', 'exceptions', 'seriesId', 'recurrenceId'];

const APPOINTMENTS = { table: 'crm.appointments', scalars: Object.keys(Prisma.AppointmentScalarFieldEnum) } as const;

/**
 * Appointments of some days as a viewer in a zone sees them: series are expanded, without exceptions and with the occurrences
 * that were moved. A zone shifts an appointment by at most a day, so that a day more is read at both ends. What a rule of
 * access hides from the user stays empty; throws `field-denied` where that is a time.
 */
export async function readCalendar(crm: PrismaClient, { from, to, timeZone }: CalendarRange, user: ActingUser): Promise<CalendarDays> {
  const first = Temporal.PlainDate.from(from);
  const last = Temporal.PlainDate.from(to);
  const { ids, rows, moved } = await asUser(crm, user, (transaction, rightsOn) => readAppointments(transaction, rightsOn, first, last), [APPOINTMENTS.table]);
  const gone = new Set(moved.map(({ seriesId, recurrenceId }) => `${seriesId} ${recurrenceId}`));
  const entries = rows.flatMap((row) => occurrencesOf(row, first, last, gone).flatMap((at) => entryOf(row, at, timeZone))).filter(overlaps(first, last));
  entries.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.id < b.id ? -1 : 1));
  return { entries: entries.slice(0, MAX_ENTRIES), truncated: ids.length > MAX_ENTRIES || entries.length > MAX_ENTRIES };
}

/** Appointments that may take place on these days, and the occurrences of their series that were moved. */
async function readAppointments(
  crm: Prisma.TransactionClient,
  rightsOn: (table: SearchableTable) => TableRights,
  first: Temporal.PlainDate,
  last: Temporal.PlainDate,
) {
  requireColumns(rightsOn(APPOINTMENTS.table).readable, TIMES, 'see');
  const { columns } = recordSelect(APPOINTMENTS, rightsOn);
  const ids = await crm.$queryRaw<{ id: string }[]>`
    select id from crm.appointments
     where coalesce(start_date, starts_at::date) <= ${last.add({ days: 1 }).toString()}::date
       and (recurrence is not null or coalesce(end_date, ends_at::date, start_date, starts_at::date) >= ${first.subtract({ days: 1 }).toString()}::date)
     order by coalesce(starts_at, start_date), id limit ${MAX_ENTRIES + 1}`;
  const found = await crm.appointment.findMany({ where: { id: { in: ids.map(({ id }) => id) } }, select: columns });
  const rows = (found as unknown as Row[]).map((row) => readRow(APPOINTMENTS, row));
  const series = rows.filter((row) => row.recurrence !== null).map(({ id }) => id);
  // An occurrence that was moved out of these days no longer stands where the rule puts it.
  const moved = await crm.appointment.findMany({ where: { seriesId: { in: series } }, select: { seriesId: true, recurrenceId: true } });
  return { ids, rows, moved };
}

/** Starts of an appointment around these days, as wall times in its own zone. */
function occurrencesOf(row: Row, first: Temporal.PlainDate, last: Temporal.PlainDate, gone: ReadonlySet<string>): readonly Wall[] {
  const text = row.allDay ? dateText(row.startDate) : wallTimeText(row.startsAt);
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
    const exceptions = new Set(Array.isArray(row.exceptions) ? row.exceptions.map(String) : []);
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
function endOf(row: Row, start: Wall): Wall {
  const [begins, ends] = row.allDay ? [dateText(row.startDate), dateText(row.endDate)] : [wallTimeText(row.startsAt), wallTimeText(row.endsAt)];
  if (begins === null || ends === null) return row.allDay ? start.add({ days: 1 }) : start;
  return start.add(Temporal.PlainDateTime.from(begins).until(Temporal.PlainDateTime.from(ends)));
}

function entryOf(row: Row, start: Wall, viewerZone: string): CalendarEntry {
  const { id, summary: title, allDay, status, location, timeZone } = row;
  const end = endOf(row, start);
  const seen = (wall: Wall): string => inZone(wall, timeZone, viewerZone).toString({ smallestUnit: 'second' });
  const days = allDay ? { start: start.toPlainDate().toString(), end: end.toPlainDate().toString() } : { start: seen(start), end: seen(end) };
  return { id, title: title ?? '', allDay, ...days, status: status ?? '', location, recurring: row.recurrence !== null || row.seriesId !== null, timeZone };
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
