import { z } from 'zod';
import type { Filters } from '../../records/filters.ts';
import type { RecordStore } from '../../records/record-store.ts';
import { sortsOf } from '../../records/search-tables.ts';
import { requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';
import type { RecordEndpoint } from './record-endpoint.ts';

/** Greatest number of records of a page. */
export const MAX_PAGE_SIZE = 100;

/** Greatest number of words that are searched. */
const MAX_WORDS = 10;

/** Words of what somebody searches for. */
export const wordsOf = (search: string): readonly string[] => search.split(/\s+/).filter(Boolean).slice(0, MAX_WORDS);

/** A page of a list: what is searched, in which order, which page; and the filters of the kind. */
export function listQuerySchema({ table, filters }: RecordStore['kind']): z.ZodObject {
  return filters.extend(pageSchema(sortsOf(table)).shape);
}

const pageSchema = (sorts: readonly string[]) =>
  z.object({
    search: z.string().max(200).default(''),
    sort: z.enum(sorts).default(sorts[0] ?? ''),
    direction: z.enum(['asc', 'desc']).default('asc'),
    page: z.coerce.number().int().min(1).max(1_000_000).default(1),
    size: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(25),
  });

/**
 * GET /api/<records>?search&sort&direction&page&size and the kind's filters: one page of records, and how many there are
 * (`totalIs`: counted, about, or at least so many).
 */
export const listRecords: RecordEndpoint = (app, path, store) => {
  const querySchema = listQuerySchema(store.kind);
  app.get(`/${path}`, async (request) => {
    const user = requireUser(request, 'read');
    const { search, sort, direction, page, size, ...filters } = parsePart(querySchema, request.query) as z.output<ReturnType<typeof pageSchema>> & Filters;
    const found = await store.list({ words: wordsOf(search), filters, sort, direction, page, size }, user);
    return { ...found, page, size };
  });
};
