import { z } from 'zod';
import { readConflictBases } from '../../status/conflict-bases.ts';
import { namedCollections } from '../../status/named-collection.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Which conflicts are listed. */
export const querySchema = z.strictObject({
  size: z.coerce.number().int().min(1).max(100).default(50),
  collection: z.string().max(63).optional(),
  /** Only those that nobody has decided about. */
  waiting: z.enum(['true', 'false']).default('false'),
});

/** GET /api/conflicts?size&collection&waiting: fields that both sides had changed, newest first, with both values, what stood before, and what was decided. */
export const listConflicts: Endpoint = (app, { database: { control, pool }, links }) => {
  const collections = namedCollections(links);
  app.get('/conflicts', async (request) => {
    requireUser(request, 'read');
    const { size, collection: only, waiting } = parsePart(querySchema, request.query);
    const where = {
      link: { in: links.map((link) => link.name) },
      ...(only === undefined ? {} : { collection: only }),
      ...(waiting === 'true' ? { outcome: 'review' } : {}),
    };
    const [rows, total] = await Promise.all([control.conflict.findMany({ where, orderBy: { id: 'desc' }, take: size }), control.conflict.count({ where })]);
    const bases = await readConflictBases(pool, collections, rows);
    return {
      rows: rows.map(({ id, link, collection, key, field, kind, crmValue, cloudValue, outcome, actor, createdAt, decidedBy, decidedAt, decidedReason }) => ({
        id: String(id),
        link,
        collection,
        key,
        field,
        kind,
        crmValue,
        cloudValue,
        outcome,
        actor,
        createdAt,
        decidedBy,
        decidedAt,
        decidedReason,
        base: bases.get(id) ?? null,
      })),
      total,
    };
  });
};
