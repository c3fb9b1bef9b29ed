import { z } from 'zod';
import { readConflictBases } from '../../status/conflict-bases.ts';
import { namedCollections } from '../../status/named-collection.ts';
import { collectionGates, visibleRows } from './collection-gates.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Which conflicts are listed. */
export const querySchema = z.strictObject({
  size: z.coerce.number().int().min(1).max(100).default(50),
  collection: z.string().max(63).optional(),
  /** Of one record alone, by its key. */
  key: z.string().max(1000).optional(),
  /** Only those that nobody has decided about. */
  waiting: z.enum(['true', 'false']).default('false'),
});

/** GET /api/conflicts?size&collection&key&waiting: fields that both sides had changed, newest first, with both values, what stood before, and what was decided; of records and fields that the user may see. */
export const listConflicts: Endpoint = (app, { database: { crm, control, pool }, links }) => {
  const collections = namedCollections(links);
  app.get('/conflicts', async (request) => {
    const user = requireUser(request, 'read');
    const { size, collection: only, key: ofRecord, waiting } = parsePart(querySchema, request.query);
    const where = {
      link: { in: links.map((link) => link.name) },
      ...(only === undefined ? {} : { collection: only }),
      ...(ofRecord === undefined ? {} : { key: { equals: [ofRecord] } }),
      ...(waiting === 'true' ? { outcome: 'review' } : {}),
    };
    const [found, total] = await Promise.all([control.conflict.findMany({ where, orderBy: { id: 'desc' }, take: size }), control.conflict.count({ where })]);
    const gates = await collectionGates(crm, user, collections);
    const rows = (await visibleRows(gates, found)).map((row) => ({ ...row, isHidden: gates(row).hides(row.field) }));
    const bases = await readConflictBases(pool, collections, rows);
    return {
      rows: rows.map(
        ({ id, link, collection, key, field, kind, isHidden, crmValue, cloudValue, outcome, actor, createdAt, decidedBy, decidedAt, decidedReason }) => ({
          id: String(id),
          link,
          collection,
          key,
          field,
          kind,
          crmValue: isHidden ? null : crmValue,
          cloudValue: isHidden ? null : cloudValue,
          outcome,
          actor,
          createdAt,
          decidedBy,
          decidedAt,
          decidedReason,
          base: isHidden ? null : (bases.get(id) ?? null),
        }),
      ),
      total: total - (found.length - rows.length),
    };
  });
};
