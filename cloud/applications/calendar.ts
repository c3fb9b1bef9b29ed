import type { CloudApplication } from './cloud-application.ts';

/** The calendar application: its states are those of iCalendar (RFC 5545, 3.8.1.11). */
export const calendarApplication: CloudApplication = {
  collection: 'appointments',
  schema: 'cloud',
  table: 'events',
  tenantColumn: 'tenant',
  key: ['id'],
  columns: {
    id: { column: 'id', type: 'uuid', made: true },
    uid: { column: 'uid', type: 'text', made: true },
    seriesId: { column: 'series_id', type: 'uuid' },
    recurrenceId: { column: 'recurrence_id', type: 'text' },
    summary: { column: 'title', type: 'text' },
    description: { column: 'body', type: 'text' },
    location: { column: 'place', type: 'text' },
    allDay: { column: 'all_day', type: 'boolean' },
    startDate: { column: 'first_day', type: 'date' },
    endDate: { column: 'end_day', type: 'date' },
    startsAt: { column: 'starts_at', type: 'timestamp without time zone' },
    endsAt: { column: 'ends_at', type: 'timestamp without time zone' },
    timeZone: { column: 'time_zone', type: 'text' },
    recurrence: { column: 'rrule', type: 'text' },
    exceptions: { column: 'exdates', type: 'jsonb' },
    status: { column: 'status', type: 'text', enumeration: { confirmed: 'CONFIRMED', tentative: 'TENTATIVE', cancelled: 'CANCELLED' } },
    attendees: { column: 'attendees', type: 'jsonb' },
  },
};
