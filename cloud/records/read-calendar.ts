import type { ClientBase } from 'pg';
import { type CalendarAppointment, calendarEntries, type CalendarDays, type CalendarRange, MAX_ENTRIES } from '../../adaptor/data/calendar/calendar-entries.ts';
import { ident, qualified } from '../../adaptor/data/quoting.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { TENANT_COLUMN } from '../service-manager/placement.ts';
import type { DescribedPlace } from './describe-place.ts';

/** Fields of which a calendar is made; a collection that has all of them can be looked at as one. */
export const CALENDAR_FIELDS = [
  'id',
  'summary',
  'allDay',
  'startDate',
  'endDate',
  'startsAt',
  'endsAt',
  'timeZone',
  'recurrence',
  'recurrenceId',
  'seriesId',
  'exceptions',
  'status',
  'location',
] as const;

type Field = (typeof CALENDAR_FIELDS)[number];
type Row = Omit<CalendarAppointment, 'exceptions'> & { readonly exceptions: unknown };
/** An occurrence of a series that a record of its own replaces. */
type Moved = Readonly<Record<'seriesId' | 'recurrenceId', string | null>>;

/**
 * Appointments of some days of a tenant's collection, as a viewer in a zone sees them. Throws `bad-request` where the collection has no
 * times, or an employee may not read them.
 */
export async function readCalendar(client: ClientBase, place: DescribedPlace, tenant: string, range: CalendarRange): Promise<CalendarDays> {
  const column = (field: Field): string => {
    const found = place.columns.find((candidate) => candidate.field === field);
    if (found === undefined) throw new TidegateError('bad-request', 'This collection is no calendar.', { collection: place.collection });
    return ident(found.column);
  };
  const text = (field: Field): string => `${column(field)}::text`;
  const moment = (field: Field): string => `to_char(${column(field)}, 'YYYY-MM-DD"T"HH24:MI:SS')`;
  const begins = `coalesce(${column('startDate')}, ${column('startsAt')}::date)`;
  const ends = `coalesce(${column('endDate')}, ${column('endsAt')}::date, ${begins})`;
  const table = qualified(place.schema, place.table);
  const { rows: found } = await client.query<{ rows: readonly Row[] | string; moved: readonly Moved[] | string }>(
    `with shown as materialized (
       select ${text('id')} as id, coalesce(${text('summary')}, '') as title, ${column('allDay')} as "allDay", ${text('startDate')} as "startDate",
              ${text('endDate')} as "endDate", ${moment('startsAt')} as "startsAt", ${moment('endsAt')} as "endsAt", ${text('timeZone')} as "timeZone",
              ${text('recurrence')} as recurrence, ${text('seriesId')} as "seriesId", ${column('exceptions')} as exceptions,
              ${text('status')} as status, ${text('location')} as location
         from ${table}
        where ${ident(TENANT_COLUMN)} = $1 and ${begins} <= $3::date + 1 and (${column('recurrence')} is not null or ${ends} >= $2::date - 1)
        order by ${begins}, ${column('id')} limit ${MAX_ENTRIES + 1})
     select (select coalesce(json_agg(shown), '[]') from shown) as rows,
            -- An occurrence that was moved out of these days no longer stands where the rule puts it.
            (select coalesce(json_agg(json_build_object('seriesId', ${text('seriesId')}, 'recurrenceId', ${text('recurrenceId')})), '[]') from ${table}
              where ${ident(TENANT_COLUMN)} = $1 and ${text('seriesId')} in (select id from shown where recurrence is not null)) as moved`,
    [tenant, range.from, range.to],
  );
  const rows = listed(found[0]?.rows);
  const gone = new Set(listed(found[0]?.moved).map(({ seriesId, recurrenceId }) => `${seriesId} ${recurrenceId}`));
  const words = Object.entries(place.columns.find(({ field }) => field === 'status')?.enumeration ?? {});
  const appointments = rows.map(({ exceptions, status, ...row }) => ({
    ...row,
    status: words.find(([, own]) => own === status)?.[0] ?? status,
    exceptions: Array.isArray(exceptions) ? exceptions.map(String) : [],
  }));
  const { entries, truncated } = calendarEntries(appointments, gone, range);
  return { entries, truncated: truncated || rows.length > MAX_ENTRIES };
}

/** Pools give JSON as text, clients as values. */
function listed<T>(json: readonly T[] | string | undefined): readonly T[] {
  return (typeof json === 'string' ? JSON.parse(json) : (json ?? [])) as readonly T[];
}
