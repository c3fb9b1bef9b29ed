import { z } from 'zod';
import { listErasures } from '../../../adaptor/data/erasure/erasures.ts';
import { nameSchema } from '../../../exchange/names.ts';
import { type Endpoint, linksWith, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Whose values are destroyed, and why. */
export const orderSchema = z.strictObject({
  collection: nameSchema,
  /** As the CRM's table has it. */
  key: z.array(z.string().min(1).max(1000)).min(1).max(8),
  reason: z.string().trim().min(3).max(500),
  /** Full name; left out: every link that has the collection. */
  link: z.string().optional(),
});

/**
 * POST /api/erasures {collection, key, reason, link?}: has the values of a record destroyed everywhere (202 with the numbers of the
 * erasures, one a link). GET /api/erasures: what became of them, without values. By an integration-admin.
 */
export const erasures: Endpoint = (app, { database, links, control }) => {
  app.get('/erasures', async (request) => {
    requireUser(request, 'govern');
    const rows = await listErasures(
      database.pool,
      links.map(({ name }) => name),
    );
    return { rows };
  });

  app.post('/erasures', async (request, reply) => {
    const { email: requestedBy } = requireUser(request, 'govern');
    const { collection, key, reason, link: only } = parsePart(orderSchema, request.body);
    const started = [];
    for (const { name: link } of linksWith(links, [collection], only)) {
      const { erasure } = await control.erase({ link, collection, key, requestedBy, reason });
      started.push({ link, erasure });
    }
    return reply.code(202).send({ erasures: started });
  });
};
