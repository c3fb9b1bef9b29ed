import type { CollectionConfigInput } from './collection-config.ts';

/* The three built-in collections, bound to the sample CRM. They are configuration like any other (law 7). */

/** Contacts with labelled multi-values; private ones stay in the CRM, and a contact turned private is retracted. */
export const contacts: CollectionConfigInput = {
  name: 'contacts',
  table: 'crm.contacts',
  key: ['id'],
  fields: {
    id: 'id',
    givenName: 'given_name',
    familyName: 'family_name',
    company: { column: 'company', authority: 'crm' },
    jobTitle: 'job_title',
    emails: 'emails',
    phones: 'phones',
    addresses: 'addresses',
    birthday: 'birthday',
    note: 'note',
  },
  private: { sql: 'private', columns: ['private'] },
};

/** Appointments: all-day dates, floating and zoned wall times, series and overrides of single occurrences. */
export const appointments: CollectionConfigInput = {
  name: 'appointments',
  table: 'crm.appointments',
  key: ['id'],
  fields: {
    id: 'id',
    uid: 'uid',
    seriesId: 'series_id',
    recurrenceId: 'recurrence_id',
    summary: 'summary',
    description: 'description',
    location: 'location',
    allDay: 'all_day',
    startDate: 'start_date',
    endDate: 'end_date',
    startsAt: 'starts_at',
    endsAt: 'ends_at',
    timeZone: 'time_zone',
    recurrence: 'recurrence',
    exceptions: 'exceptions',
    status: 'status',
    attendees: 'attendees',
  },
  private: { sql: 'private', columns: ['private'] },
};

/** Tasks, due on a date, at a time on a date, or not at all. */
export const tasks: CollectionConfigInput = {
  name: 'tasks',
  table: 'crm.tasks',
  key: ['id'],
  fields: {
    id: 'id',
    subject: 'subject',
    description: 'description',
    dueDate: 'due_date',
    dueTime: 'due_time',
    timeZone: 'time_zone',
    status: { column: 'status', enumeration: { open: 'open', 'in-progress': 'in_progress', done: 'done', cancelled: 'cancelled' } },
    priority: 'priority',
    completedAt: 'completed_at',
    contactId: 'contact_id',
  },
  private: { sql: 'private', columns: ['private'] },
  references: [{ fields: ['contactId'], collection: 'contacts' }],
};
