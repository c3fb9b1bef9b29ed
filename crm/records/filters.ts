import { z } from 'zod';
import { APPOINTMENT_STATUSES } from './appointment.ts';
import { dateSchema } from './field-kinds.ts';
import { TASK_STATUSES } from './task.ts';

/* How lists can be narrowed beside the search; parameters of the API, shared with the page. */

const choice = z.enum(['true', 'false']).optional();
const common = { private: choice };

/** Filters of accounts. */
export const accountFiltersSchema = z.strictObject({ industry: z.string().max(200).optional() });

/** Filters of contacts. */
export const contactFiltersSchema = z.strictObject({ ...common, account: z.uuid().optional(), hasEmail: choice });

/** Filters of appointments; `from` and `to` are days, both included, as the appointments' own times say. */
export const appointmentFiltersSchema = z.strictObject({
  ...common,
  status: z.enum(APPOINTMENT_STATUSES).optional(),
  from: dateSchema.optional(),
  to: dateSchema.optional(),
  recurring: choice,
});

/** Filters of tasks; `unfinished` is open or in progress. */
export const taskFiltersSchema = z.strictObject({
  ...common,
  status: z.enum([...TASK_STATUSES, 'unfinished']).optional(),
  dueFrom: dateSchema.optional(),
  dueTo: dateSchema.optional(),
  hasDate: choice,
  contact: z.uuid().optional(),
});

/** Filters as a request gives them: parameters by their names. */
export type Filters = Readonly<Record<string, string | undefined>>;
