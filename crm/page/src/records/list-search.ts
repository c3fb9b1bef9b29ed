import { z } from 'zod';
import { dateSchema, wallTimeSchema } from '../../../records/field-kinds.ts';

/** What a list shows, as it stands in the address; anything unknown is left out. */
export const listSearchSchema = z.object({
  search: z.coerce.string().max(200).optional().catch(undefined),
  sort: z.string().optional().catch(undefined),
  direction: z.enum(['asc', 'desc']).optional().catch(undefined),
  page: z.int().positive().optional().catch(undefined),
  size: z.int().positive().max(100).optional().catch(undefined),
  /** Chosen filters, by name. */
  filter: z.record(z.string(), z.string()).optional().catch(undefined),
  /** Chosen columns; left out: those that fit. */
  columns: z.array(z.string()).optional().catch(undefined),
  /** Id of the record that is open beside the list, or `new`. */
  open: z.string().optional().catch(undefined),
  /** Appointments only: shown as a list or in a calendar, which view of it, at which day; when a new one begins. */
  view: z.enum(['list', 'calendar']).optional().catch(undefined),
  period: z.enum(['day', 'week', 'month']).optional().catch(undefined),
  date: z.iso.date().optional().catch(undefined),
  begins: z
    .string()
    .refine((text) => dateSchema.safeParse(text).success || wallTimeSchema.safeParse(text).success)
    .optional()
    .catch(undefined),
});

/** What a list shows. */
export type ListSearch = z.infer<typeof listSearchSchema>;

/** Sizes of a page that can be chosen. */
export const PAGE_SIZES = [25, 50, 100];
