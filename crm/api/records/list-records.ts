import { z } from 'zod';
import { sortsOf } from '../../records/find-keys.ts';
import { requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';
import type { RecordEndpoint } from './record-endpoint.ts';

/** Greatest number of records of a page. */
export const MAX_PAGE_SIZE = 100;

/** GET /api/<records>?search&sort&direction&page&size: one page of records, and how many there are. */
export const listRecords: RecordEndpoint = (app, path, store) => {
  const sorts = sortsOf(store.kind.table);
  const querySchema = z.strictObject({
    search: z.string().max(200).default(''),
    sort: z.enum(sorts).default(sorts[0] ?? ''),
    direction: z.enum(['asc', 'desc']).default('asc'),
    page: z.coerce.number().int().min(1).max(1_000_000).default(1),
    size: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(25),
  });
  app.get(`/${path}`, async (request) => {
    requireUser(request, 'read');
    const { search, ...query } = parsePart(querySchema, request.query);
    const words = search.split(/\s+/).filter(Boolean).slice(0, 10);
    const { rows, total } = await store.list({ words, ...query });
    return { rows, total, page: query.page, size: query.size };
  });
};
