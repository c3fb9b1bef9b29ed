import { EMPTY_TASK, TASK_STATUSES, taskFaults, type TaskFields, taskFieldsSchema } from '../../../records/task.ts';
import type { Task } from '../api/answers.ts';
import { today } from '../../../../web/page/dates/viewer-clock.ts';
import { formatDay, formatTimeOfDay, shiftDay } from '../app/format.ts';
import { findContacts, readContactChoice } from '../contacts/find-contacts.ts';
import { PRIVATE_FILTER } from '../records/private-filter.ts';
import type { RecordView } from '../records/record-view.ts';
import { texts } from '../texts/texts.ts';
import { TaskInputs } from './task-inputs.tsx';

/** Tasks on the page. */
export const taskView: RecordView<TaskFields, Task> = {
  kind: 'tasks',
  table: 'crm.tasks',
  one: texts.task.one,
  labels: texts.task,
  schema: taskFieldsSchema,
  empty: EMPTY_TASK,
  faults: taskFaults,
  nameOf: ({ subject }) => subject || texts.task.unnamed,
  detailOf: (task) => [dueText(task), task.contactName ?? ''].filter(Boolean).join(', '),
  show: (field, value) => {
    if (field === 'status') return texts.task.statuses[value as TaskFields['status']];
    if (field === 'priority') return priorityText(value as number);
    if (typeof value !== 'string') return undefined;
    if (field === 'dueDate') return formatDay(value);
    return field === 'dueTime' ? formatTimeOfDay(value) : undefined;
  },
  references: { contactId: 'contacts' },
  filters: [
    {
      name: 'due',
      label: texts.task.due,
      type: 'choice',
      choices: [
        { value: 'overdue', label: texts.task.dueFilter.overdue },
        { value: 'today', label: texts.task.dueFilter.today },
        { value: 'week', label: texts.task.dueFilter.week },
        { value: 'none', label: texts.task.noDate },
      ],
      toQuery: dueQuery,
    },
    {
      name: 'status',
      label: texts.task.status,
      type: 'choice',
      choices: [{ value: 'unfinished', label: texts.task.unfinished }, ...TASK_STATUSES.map((value) => ({ value, label: texts.task.statuses[value] }))],
    },
    { name: 'contact', label: texts.task.contactId, type: 'record', find: findContacts, read: readContactChoice },
    PRIVATE_FILTER,
  ],
  Inputs: TaskInputs,
};

/** A due filter as the API takes it, as of today where the user is. What is done is never overdue. */
function dueQuery(value: string): Readonly<Record<string, string>> {
  const now = today();
  if (value === 'overdue') return { dueTo: shiftDay(now, -1), status: 'unfinished' };
  if (value === 'today') return { dueFrom: now, dueTo: now };
  if (value === 'week') return { dueFrom: now, dueTo: shiftDay(now, 6) };
  return { hasDate: 'false' };
}

/** Whether a task should have been done. */
export const isOverdue = ({ dueDate, status }: Pick<TaskFields, 'dueDate' | 'status'>): boolean =>
  dueDate !== null && dueDate < today() && (status === 'open' || status === 'in_progress');

/** When a task is due, in one line. */
export function dueText({ dueDate, dueTime, timeZone }: TaskFields): string {
  if (dueDate === null) return texts.task.noDate;
  return [formatDay(dueDate), dueTime === null ? '' : formatTimeOfDay(dueTime), timeZone === null ? '' : `(${timeZone})`].filter(Boolean).join(' ');
}

/** A priority in words: RFC 5545 calls 1 to 4 high, 5 medium, 6 to 9 low. */
export function priorityText(priority: number): string {
  const { none, high, medium, low } = texts.task.priorities;
  if (priority === 0) return none;
  if (priority < 5) return high;
  return priority === 5 ? medium : low;
}
