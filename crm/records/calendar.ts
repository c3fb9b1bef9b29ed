import { Temporal } from 'temporal-polyfill';
import { type CalendarAppointment, calendarEntries, type CalendarDays, type CalendarRange, MAX_ENTRIES } from '../../adaptor/data/calendar/calendar-entries.ts';
import type { PrismaClient } from '../../prisma/generated/crm/client.ts';
import { dateText, wallTimeText } from './local-times.ts';

type Row = NonNullable<Awaited<ReturnType<PrismaClient['appointment']['findFirst']>>>;

/** Appointments of some days as a viewer in a zone sees them. */
export async function readCalendar(crm: PrismaClient, range: CalendarRange): Promise<CalendarDays> {
  const first = Temporal.PlainDate.from(range.from);
  const last = Temporal.PlainDate.from(range.to);
  const ids = await crm.$queryRaw<{ id: string }[]>`
    select id from crm.appointments
     where coalesce(start_date, starts_at::date) <= ${last.add({ days: 1 }).toString()}::date
       and (recurrence is not null or coalesce(end_date, ends_at::date, start_date, starts_at::date) >= ${first.subtract({ days: 1 }).toString()}::date)
     order by coalesce(starts_at, start_date), id limit ${MAX_ENTRIES + 1}`;
  const rows = await crm.appointment.findMany({ where: { id: { in: ids.map(({ id }) => id) } } });
  const series = rows.filter((row) => row.recurrence !== null).map(({ id }) => id);
  // An occurrence that was moved out of these days no longer stands where the rule puts it.
  const moved = await crm.appointment.findMany({ where: { seriesId: { in: series } }, select: { seriesId: true, recurrenceId: true } });
  const gone = new Set(moved.map(({ seriesId, recurrenceId }) => `${seriesId} ${recurrenceId}`));
  const { entries, truncated } = calendarEntries(rows.map(appointmentOf), gone, range);
  return { entries, truncated: truncated || ids.length > MAX_ENTRIES };
}

function appointmentOf(row: Row): CalendarAppointment {
  const { id, summary: title, allDay, timeZone, recurrence, seriesId, exceptions, status, location } = row;
  const days = { startDate: dateText(row.startDate), endDate: dateText(row.endDate) };
  const times = { startsAt: wallTimeText(row.startsAt), endsAt: wallTimeText(row.endsAt) };
  const leftOut = Array.isArray(exceptions) ? exceptions.map(String) : [];
  return { id, title, allDay, ...days, ...times, timeZone, recurrence, seriesId, exceptions: leftOut, status, location };
}
