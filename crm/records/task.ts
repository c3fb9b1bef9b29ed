import { z } from 'zod';
import type { Fault } from './faults.ts';
import { dateSchema, neededText, optionalText, timeOfDaySchema, timeZoneSchema } from './field-kinds.ts';

/** States of a task. */
export const TASK_STATUSES = ['open', 'in_progress', 'done', 'cancelled'] as const;

/** What a user may enter of a task: due on a date, at a time on a date, or not at all. */
export const taskFieldsSchema = z.strictObject({
  subject: neededText(),
  description: optionalText(100_000),
  dueDate: dateSchema.nullable(),
  dueTime: timeOfDaySchema.nullable(),
  timeZone: timeZoneSchema.nullable(),
  status: z.enum(TASK_STATUSES),
  /** 1 (highest) to 9, 0 none (RFC 5545). */
  priority: z.int().min(0).max(9),
  contactId: z.uuid().nullable(),
  private: z.boolean(),
});

/** What a user may enter of a task. */
export type TaskFields = z.output<typeof taskFieldsSchema>;

/** A task of which nothing is known yet. */
export const EMPTY_TASK: TaskFields = {
  subject: '',
  description: null,
  dueDate: null,
  dueTime: null,
  timeZone: null,
  status: 'open',
  priority: 0,
  contactId: null,
  private: false,
};

/** What is wrong with a task as a whole. */
export function taskFaults({ dueDate, dueTime, timeZone }: Pick<TaskFields, 'dueDate' | 'dueTime' | 'timeZone'>): readonly Fault[] {
  const faults: Fault[] = [];
  if (dueTime !== null && dueDate === null) faults.push({ field: 'dueDate', fault: 'time-without-date', message: 'is needed where there is a time' });
  if (timeZone !== null && dueTime === null) faults.push({ field: 'dueTime', fault: 'zone-without-time', message: 'is needed where there is a zone' });
  return faults;
}
