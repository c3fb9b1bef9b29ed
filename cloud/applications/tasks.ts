import type { CloudApplication } from './cloud-application.ts';

/** The tasks application: its states are those of iCalendar's VTODO (RFC 5545, 3.8.1.11). */
export const tasksApplication: CloudApplication = {
  collection: 'tasks',
  schema: 'cloud',
  table: 'todos',
  tenantColumn: 'tenant',
  key: ['id'],
  columns: {
    id: { column: 'id', type: 'uuid', made: true },
    subject: { column: 'title', type: 'text' },
    description: { column: 'body', type: 'text' },
    dueDate: { column: 'due_day', type: 'date' },
    dueTime: { column: 'due_time', type: 'time without time zone' },
    timeZone: { column: 'time_zone', type: 'text' },
    status: {
      column: 'status',
      type: 'text',
      enumeration: { open: 'NEEDS-ACTION', 'in-progress': 'IN-PROCESS', done: 'COMPLETED', cancelled: 'CANCELLED' },
    },
    priority: { column: 'priority', type: 'integer' },
    completedAt: { column: 'completed_at', type: 'timestamp with time zone' },
    contactId: { column: 'person_id', type: 'uuid', references: 'contacts' },
  },
};
