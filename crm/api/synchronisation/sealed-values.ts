import { countSealed } from '../../../adaptor/data/sealing/sealing-standing.ts';
import { type Endpoint, requireUser } from '../context.ts';

/**
 * GET /api/sealed-values: how many sealed values of each collection are at the cloud, and under which key; counts and key ids
 * only. Keys are rotated by whoever holds the key file, on the command line.
 */
export const sealedValues: Endpoint = (app, { database, links }) => {
  app.get('/sealed-values', async (request) => {
    requireUser(request, 'read');
    return {
      rows: await countSealed(
        database.pool,
        links.map(({ name }) => name),
      ),
    };
  });
};
