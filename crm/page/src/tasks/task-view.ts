import { EMPTY_TASK, taskFaults, type TaskFields, taskFieldsSchema } from '../../../records/task.ts';
import type { Task } from '../api/answers.ts';
import { formatDay, formatTimeOfDay } from '../app/format.ts';
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
  show: (field, value) => {
    if (field === 'status') return texts.task.statuses[value as TaskFields['status']];
    if (field === 'priority') return priorityText(value as number);
    if (typeof value !== 'string') return undefined;
    if (field === 'dueDate') return formatDay(value);
    return field === 'dueTime' ? formatTimeOfDay(value) : undefined;
  },
  Inputs: TaskInputs,
};

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
