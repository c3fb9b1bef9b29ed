import { z } from 'zod';
import { readConflictDetail } from '../../../adaptor/data/conflicts/conflict-rows.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type ApiContext, type Endpoint, requireUser } from '../context.ts';
import { numberParamSchema, parsePart } from '../parse.ts';

const reasonSchema = z.string().trim().min(3).max(500);
/** Why what stands shall stand. */
export const keepSchema = z.strictObject({ reason: reasonSchema });
/** Why the losing value, or another one, comes back. */
export const restoreSchema = z.strictObject({
  reason: reasonSchema,
  /** Another value than the one that lost, as text in the form of the wire. */
  value: z.string().max(100_000).nullable().optional(),
});

/**
 * GET /api/conflicts/:id: one conflict with both values. POST /api/conflicts/:id/keep {reason} decides for what stands (204),
 * /restore {reason, value?} brings the losing value or another one back (202 with the id of the release). By an integration-admin.
 */
export const decideConflict: Endpoint = (app, { database, links, control }) => {
  app.get('/conflicts/:id', async (request) => {
    requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    return readConflictDetail(database.pool, (await conflictOf({ database, links }, id)).link, id);
  });

  app.post('/conflicts/:id/keep', async (request, reply) => {
    const { email: by } = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason } = parsePart(keepSchema, request.body);
    const { link } = await conflictOf({ database, links }, id);
    await control.keepConflict({ link, id, by, reason });
    return reply.code(204).send();
  });

  app.post('/conflicts/:id/restore', async (request, reply) => {
    const { email: requestedBy } = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason, value } = parsePart(restoreSchema, request.body);
    const { link, field } = await conflictOf({ database, links }, id);
    if (value !== undefined && field === null) throw new TidegateError('bad-request', 'The conflict is about a whole record: it has no single value.');
    const values = value === undefined || field === null ? null : { [field]: value };
    const { releaseId } = await control.release({ link, act: 'restore', subject: id, values, requestedBy, reason });
    return reply.code(202).send({ releaseId });
  });
};

/** Link and field of a conflict, among the links of this CRM. Throws `record-not-found`. */
async function conflictOf({ database: { control }, links }: Pick<ApiContext, 'database' | 'links'>, id: number) {
  const where = { id, link: { in: links.map((link) => link.name) } };
  const row = await control.conflict.findFirst({ where, select: { link: true, field: true } });
  if (row === null) throw new TidegateError('record-not-found', 'There is no conflict of this number.', { conflict: id });
  return row;
}
