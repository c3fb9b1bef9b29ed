import { type Contact, Prisma, type Task } from '../../prisma/generated/crm/client.ts';
import { dateText, dateValue, timeOfDayText, timeOfDayValue } from './local-times.ts';
import { taskFiltersSchema } from './filters.ts';
import type { RecordKind } from './record-store.ts';
import { EMPTY_TASK, TASK_STATUSES, type TaskFields, taskFaults, taskFieldsSchema } from './task.ts';

/** A task as it is read: with the name of its contact. */
export type ReadTask = TaskFields & { readonly contactName?: string | null };

type TaskRow = Task & { readonly contact?: Pick<Contact, 'givenName' | 'familyName' | 'company'> | null };

/** Tasks in the store. */
export const taskKind: RecordKind<ReadTask, TaskRow> = {
  table: 'crm.tasks',
  fields: taskFieldsSchema,
  filters: taskFiltersSchema,
  empty: EMPTY_TASK,
  faults: taskFaults,
  delegate: (client) => client.task,
  scalars: Object.keys(Prisma.TaskScalarFieldEnum),
  joined: { relation: 'contact', by: 'contactId', table: 'crm.contacts', columns: ['givenName', 'familyName', 'company'], field: 'contactName' },
  toFields: (row) => ({
    subject: row.subject,
    description: row.description,
    dueDate: dateText(row.dueDate),
    dueTime: timeOfDayText(row.dueTime),
    timeZone: row.timeZone,
    status: TASK_STATUSES.find((status) => status === row.status) ?? 'open',
    priority: row.priority,
    contactId: row.contactId,
    contactName: contactName(row.contact ?? null),
    private: row.private,
  }),
  toData: ({ dueDate, dueTime, status, ...others }, before) => ({
    ...others,
    ...(dueDate === undefined ? {} : { dueDate: dateValue(dueDate) }),
    ...(dueTime === undefined ? {} : { dueTime: timeOfDayValue(dueTime) }),
    ...(status === undefined || status === before?.status ? {} : { status, completedAt: status === 'done' ? new Date() : null }),
  }),
};

function contactName(contact: Pick<Contact, 'givenName' | 'familyName' | 'company'> | null): string | null {
  if (contact === null) return null;
  return [contact.givenName, contact.familyName].filter(Boolean).join(' ') || (contact.company ?? null);
}
