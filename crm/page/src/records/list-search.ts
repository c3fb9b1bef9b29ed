import { z } from 'zod';

/** What a list shows, as it stands in the address; anything unknown is left out. */
export const listSearchSchema = z.object({
  search: z.coerce.string().max(200).optional().catch(undefined),
  sort: z.string().optional().catch(undefined),
  direction: z.enum(['asc', 'desc']).optional().catch(undefined),
  page: z.int().positive().optional().catch(undefined),
  size: z.int().positive().max(100).optional().catch(undefined),
  /** Id of the record that is open beside the list, or `new`. */
  open: z.string().optional().catch(undefined),
});

/** What a list shows. */
export type ListSearch = z.infer<typeof listSearchSchema>;

/** Sizes of a page that can be chosen. */
export const PAGE_SIZES = [25, 50, 100];
