import { z } from 'zod';
import { readRuns } from '../../status/runs.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

const querySchema = z.strictObject({ size: z.coerce.number().int().min(1).max(100).default(20) });

/** GET /api/runs?size: the latest runs with their books, newest first. */
export const listRuns: Endpoint = (app, { database: { control }, links, temporalUi }) => {
  app.get('/runs', async (request) => {
    requireUser(request, 'read');
    const { size } = parsePart(querySchema, request.query);
    const names = links.map((link) => link.name);
    return { rows: await readRuns(control, names, size, temporalUi) };
  });
};
