import { z } from 'zod';
import { requireUser } from '../context.ts';
import { parsePart, repeated } from '../parse.ts';
import { MAX_PAGE_SIZE } from './list-records.ts';
import type { RecordEndpoint } from './record-endpoint.ts';

/** Records of one kind, by their ids. */
export const querySchema = z.strictObject({ id: repeated(z.uuid(), MAX_PAGE_SIZE) });

/**
 * GET /api/records-by-id/<records>?id&id...: records that are named elsewhere, as by a conflict. Those that are gone, or that the user
 * may not see, are left out.
 */
export const readRecordsById: RecordEndpoint = (app, path, store) => {
  app.get(`/records-by-id/${path}`, async (request) => {
    const user = requireUser(request, 'read');
    const { id } = parsePart(querySchema, request.query);
    return { rows: await store.readAll([...new Set(id)], user) };
  });
};
