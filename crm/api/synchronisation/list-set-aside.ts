import { z } from 'zod';
import { namedCollections } from '../../status/named-collection.ts';
import { collectionGates, visibleRows } from './collection-gates.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** How many are listed, and of which record alone, by its key. */
export const querySchema = z.strictObject({ size: z.coerce.number().int().min(1).max(100).default(50), key: z.string().max(1000).optional() });

/** GET /api/set-aside?size&key: records that a store could not take, newest first, with the reason; of records that the user may see. Their content is not told. */
export const listSetAside: Endpoint = (app, { database: { crm, control }, links }) => {
  const collections = namedCollections(links);
  app.get('/set-aside', async (request) => {
    const user = requireUser(request, 'read');
    const { size, key: ofRecord } = parsePart(querySchema, request.query);
    const where = { link: { in: links.map((link) => link.name) }, state: 'waiting', ...(ofRecord === undefined ? {} : { key: { equals: [ofRecord] } }) };
    const [found, total] = await Promise.all([
      control.quarantine.findMany({ where, orderBy: { id: 'desc' }, take: size, omit: { record: true } }),
      control.quarantine.count({ where }),
    ]);
    const rows = await visibleRows(await collectionGates(crm, user, collections), found);
    return {
      rows: rows.map(({ id, link, collection, direction, key, op, code, field, detail, createdAt }) => ({
        id: String(id),
        link,
        collection,
        direction,
        key,
        op,
        code,
        field,
        detail,
        createdAt,
      })),
      total: total - (found.length - rows.length),
    };
  });
};
