import { z } from 'zod';
import { readRunBooks } from '../../../adaptor/data/control/run-books.ts';
import { directionSchema } from '../../../exchange/names.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Which run. */
export const querySchema = z.strictObject({ id: z.string().min(1).max(500) });

/** GET /api/run-books?id: the books of a run, each side's as it signed them, and how many records are unaccounted for. */
export const readRunBooksEndpoint: Endpoint = (app, { database: { control, pool }, links }) => {
  app.get('/run-books', async (request) => {
    requireUser(request, 'read');
    const { id } = parsePart(querySchema, request.query);
    const run = await control.run.findFirst({ where: { id, link: { in: links.map(({ name }) => name) } }, select: { direction: true } });
    if (run === null) throw new TidegateError('record-not-found', 'There is no such run.', { run: id });
    return readRunBooks(pool, id, directionSchema.parse(run.direction));
  });
};
