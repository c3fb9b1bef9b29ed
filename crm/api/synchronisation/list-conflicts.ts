import { z } from 'zod';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

const querySchema = z.strictObject({ size: z.coerce.number().int().min(1).max(100).default(50) });

/** GET /api/conflicts?size: fields that both sides had changed, newest first, with both values and what was decided. */
export const listConflicts: Endpoint = (app, { database: { control }, links }) => {
  app.get('/conflicts', async (request) => {
    requireUser(request, 'read');
    const { size } = parsePart(querySchema, request.query);
    const where = { link: { in: links.map((link) => link.name) } };
    const [rows, total] = await Promise.all([control.conflict.findMany({ where, orderBy: { id: 'desc' }, take: size }), control.conflict.count({ where })]);
    return {
      rows: rows.map(({ id, link, collection, key, field, kind, crmValue, cloudValue, outcome, actor, createdAt }) => ({
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
      })),
      total,
    };
  });
};
