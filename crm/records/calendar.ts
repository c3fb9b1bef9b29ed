import { Temporal } from 'temporal-polyfill';
import { type CalendarAppointment, calendarEntries, type CalendarDays, type CalendarRange, MAX_ENTRIES } from '../../adaptor/data/calendar/calendar-entries.ts';
import { type Appointment, Prisma, type PrismaClient } from '../../prisma/generated/crm/client.ts';
import { type ActingUser, asUser } from '../as-user.ts';
import { dateText, wallTimeText } from './local-times.ts';
import { readRow, recordSelect } from './record-select.ts';
import type { SearchableTable } from './search-tables.ts';
import { requireColumns, type TableRights } from './table-rights.ts';

/** What says when something takes place: whom a rule hides it from, has no calendar. */
const TIMES = ['allDay', 'startDate', 'endDate', 'startsAt', 'endsAt', 'timeZone', 'recurrence', 'exceptions', 'seriesId', 'recurrenceId'];

const APPOINTMENTS = { table: 'crm.appointments', scalars: Object.keys(Prisma.AppointmentScalarFieldEnum) } as const;

/**
 * Appointments of some days as a viewer in a zone sees them. What a rule of access hides from the user stays empty; throws
 * `field-denied` where that is a time.
 */
export async function readCalendar(crm: PrismaClient, range: CalendarRange, user: ActingUser): Promise<CalendarDays> {
  const first = Temporal.PlainDate.from(range.from);
  const last = Temporal.PlainDate.from(range.to);
  const { ids, rows, moved } = await asUser(crm, user, (transaction, rightsOn) => readAppointments(transaction, rightsOn, first, last), [APPOINTMENTS.table]);
  const gone = new Set(moved.map(({ seriesId, recurrenceId }) => `${seriesId} ${recurrenceId}`));
  const { entries, truncated } = calendarEntries(rows.map(appointmentOf), gone, range);
  return { entries, truncated: truncated || ids.length > MAX_ENTRIES };
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
  const rows = (found as unknown as Appointment[]).map((row) => readRow(APPOINTMENTS, row));
  const series = rows.filter((row) => row.recurrence !== null).map(({ id }) => id);
  // An occurrence that was moved out of these days no longer stands where the rule puts it.
  const moved = await crm.appointment.findMany({ where: { seriesId: { in: series } }, select: { seriesId: true, recurrenceId: true } });
  return { ids, rows, moved };
}

function appointmentOf(row: Appointment): CalendarAppointment {
  const { id, summary: title, allDay, timeZone, recurrence, seriesId, exceptions, status, location } = row;
  const days = { startDate: dateText(row.startDate), endDate: dateText(row.endDate) };
  const times = { startsAt: wallTimeText(row.startsAt), endsAt: wallTimeText(row.endsAt) };
  const leftOut = Array.isArray(exceptions) ? exceptions.map(String) : [];
  return { id, title: title ?? '', allDay, ...days, ...times, timeZone, recurrence, seriesId, exceptions: leftOut, status: status ?? '', location };
}
