import { z } from 'zod';
import { directionSchema } from '../../../exchange/names.ts';
import { readRuns } from '../../status/runs.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Which runs are listed. */
export const querySchema = z.strictObject({
  size: z.coerce.number().int().min(1).max(100).default(20),
  direction: directionSchema.optional(),
  trigger: z.string().max(40).optional(),
  state: z.enum(['running', 'completed', 'failed', 'refused']).optional(),
  id: z.string().min(1).max(500).optional(),
  /** Only runs that started before it, ISO 8601: the next page. */
  before: z.iso.datetime().optional(),
});

/** GET /api/runs?size&direction&trigger&state&id&before: the latest runs with their books, newest first; `id` is a run's or its workflow's. */
export const listRuns: Endpoint = (app, { database: { control }, links, temporalUi }) => {
  app.get('/runs', async (request) => {
    requireUser(request, 'read');
    const { size, before, ...question } = parsePart(querySchema, request.query);
    const names = links.map((link) => link.name);
    return { rows: await readRuns(control, names, size, temporalUi, { ...question, before: before === undefined ? undefined : new Date(before) }) };
  });
};
