import { z } from 'zod';

/*
 * Where one is stands in the address, so that it can be kept and sent on: `/contacts?search=ada&page=2&open=...`. The few
 * views of this page need no more of a router than this.
 */

const searchSchema = z.object({
  search: z.string().max(200).catch(''),
  sort: z.string().max(200).optional().catch(undefined),
  direction: z.enum(['asc', 'desc']).catch('asc'),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
  size: z.coerce
    .number()
    .refine((size) => [10, 25, 50, 100].includes(size))
    .catch(25),
  /** A collection with times can be looked at as a calendar too. */
  view: z.enum(['list', 'calendar']).catch('list'),
  /** What a calendar shows at a time; absent: a week, or a day where it is narrow. */
  period: z.enum(['day', 'week', 'month']).optional().catch(undefined),
  /** A day of that; absent: today. */
  date: z.iso.date().optional().catch(undefined),
  /** The record beside the list: its key as JSON, or `new`. */
  open: z.string().max(2000).optional().catch(undefined),
  /** When a new appointment begins: a day, or with `T09:30`. */
  begins: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/)
    .refine((text) => !Number.isNaN(Date.parse(text)))
    .optional()
    .catch(undefined),
});

/** What a list shows. */
export type ListSearch = z.infer<typeof searchSchema>;

/** A place of the page; faults in an address are read as what is usual. */
export interface Address extends ListSearch {
  readonly collection: string;
}

/** The place that an address (path and query) names. */
export function readAddress(href: string): Address {
  const { pathname, searchParams } = new URL(href, 'http://page.invalid');
  const collection = decodeURIComponent(pathname.slice(1));
  return { ...searchSchema.parse(Object.fromEntries(searchParams)), collection: collection === '' ? 'contacts' : collection };
}

/** The address of a place. What is usual is left out. */
export function writeAddress(collection: string, shown: Partial<ListSearch>): string {
  const usual = searchSchema.parse({});
  const wanted = Object.entries(shown).filter(([name, value]) => value !== undefined && value !== usual[name as keyof ListSearch]);
  const query = new URLSearchParams(wanted.map(([name, value]) => [name, String(value)])).toString();
  return `/${encodeURIComponent(collection)}${query === '' ? '' : `?${query}`}`;
}
