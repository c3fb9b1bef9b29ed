import { z } from 'zod';
import { readConflictDetail } from '../../../adaptor/data/conflicts/conflict-rows.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { recordGate } from '../../records/record-gate.ts';
import { namedCollections } from '../../status/named-collection.ts';
import type { SignedInUser } from '../../users/roles.ts';
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
    const user = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { link, gate } = await conflictOf({ database, links }, id, user);
    const detail = await readConflictDetail(database.pool, link, id);
    return gate.hides(detail.field) ? { ...detail, crmValue: null, cloudValue: null } : detail;
  });

  app.post('/conflicts/:id/keep', async (request, reply) => {
    const user = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason } = parsePart(keepSchema, request.body);
    const { link } = await conflictOf({ database, links }, id, user);
    await control.keepConflict({ link, id, by: user.email, reason });
    return reply.code(204).send();
  });

  app.post('/conflicts/:id/restore', async (request, reply) => {
    const user = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason, value } = parsePart(restoreSchema, request.body);
    const { link, field, gate } = await conflictOf({ database, links }, id, user);
    if (value !== undefined && field === null) throw new TidegateError('bad-request', 'The conflict is about a whole record: it has no single value.');
    if (field !== null) gate.requireWritable([field]);
    const values = value === undefined || field === null ? null : { [field]: value };
    const { releaseId } = await control.release({ link, act: 'restore', subject: id, values, requestedBy: user.email, reason });
    return reply.code(202).send({ releaseId });
  });
};

/** Link and field of a conflict, among the links of this CRM, with what the user may know of it. Throws `record-not-found`. */
async function conflictOf({ database: { crm, control }, links }: Pick<ApiContext, 'database' | 'links'>, id: number, user: SignedInUser) {
  const where = { id, link: { in: links.map((link) => link.name) } };
  const row = await control.conflict.findFirst({ where, select: { link: true, field: true, collection: true, key: true } });
  if (row === null) throw new TidegateError('record-not-found', 'There is no conflict of this number.', { conflict: id });
  const named = namedCollections(links).find(({ link, collection }) => link === row.link && collection === row.collection);
  const gate = await recordGate(crm, user, named);
  await gate.require(row.key);
  return { ...row, gate };
}
