import { z } from 'zod';
import { isErrorCode, TidegateError } from '../../../exchange/errors.ts';
import { recordGate } from '../../records/record-gate.ts';
import { namedCollections } from '../../status/named-collection.ts';
import { type Endpoint, linksWith, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Greatest number that one order decides: each decision for the cloud is a run of its own. */
const MAX_DECIDED = 200;

/** One rule for all that wait. */
export const bodySchema = z.strictObject({
  /** Whose values are to stand. */
  side: z.enum(['crm', 'cloud']),
  reason: z.string().trim().min(3).max(500),
  collection: z.string().max(63).optional(),
  field: z.string().max(63).optional(),
});

/**
 * POST /api/conflicts/decide {side, reason, collection?, field?}: decides all that wait, oldest first, by one rule (202 with how
 * many, what was refused, and how many still wait). By an integration-admin.
 */
export const decideConflicts: Endpoint = (app, { database, links, control }) => {
  app.post('/conflicts/decide', async (request, reply) => {
    const user = requireUser(request, 'govern');
    const { email: by } = user;
    const { side, reason, collection, field } = parsePart(bodySchema, request.body);
    const names = linksWith(links, collection === undefined ? [] : [collection]).map(({ name }) => name);
    const where = { link: { in: names }, outcome: 'review', ...(collection === undefined ? {} : { collection }), ...(field === undefined ? {} : { field }) };
    const rows = await database.control.conflict.findMany({
      where,
      orderBy: { id: 'asc' },
      take: MAX_DECIDED,
      select: { id: true, link: true, collection: true, key: true, field: true },
    });
    const refused: { id: string; code: string }[] = [];
    const collections = namedCollections(links);
    for (const { id, link, ...row } of rows) {
      const order = { link, id: Number(id), by, reason };
      try {
        const named = collections.find((each) => each.link === link && each.collection === row.collection);
        const gate = await recordGate(database.crm, user, named);
        await gate.require(row.key);
        if (side === 'cloud' && row.field !== null) gate.requireWritable([row.field]);
        if (side === 'crm') await control.keepConflict(order);
        else await control.release({ link, act: 'restore', subject: order.id, values: null, requestedBy: by, reason });
      } catch (error) {
        // Somebody else may decide at the same time; what concerns all of them ends the order.
        if (!(error instanceof TidegateError) || !isErrorCode(error.code) || error.retryable) throw error;
        refused.push({ id: String(id), code: error.code });
      }
    }
    const left = (await database.control.conflict.count({ where })) - (side === 'cloud' ? rows.length - refused.length : 0);
    return reply.code(202).send({ decided: rows.length - refused.length, refused, left: Math.max(0, left) });
  });
};
