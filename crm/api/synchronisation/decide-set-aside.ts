import { z } from 'zod';
import { readSetAsideDetail } from '../../../adaptor/data/quarantine/quarantine-rows.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { fieldNameSchema } from '../../../exchange/names.ts';
import { recordGate, withoutHidden } from '../../records/record-gate.ts';
import { namedCollections } from '../../status/named-collection.ts';
import type { SignedInUser } from '../../users/roles.ts';
import { type ApiContext, type Endpoint, requireUser } from '../context.ts';
import { numberParamSchema, parsePart } from '../parse.ts';

const reasonSchema = z.string().trim().min(3).max(500);
/** Why it is decided so. */
export const decisionSchema = z.strictObject({ reason: reasonSchema });
/** Values with which a record is tried again. */
export const editSchema = z.strictObject({
  reason: reasonSchema,
  /** Field -> text in the form of the wire. */
  values: z.record(fieldNameSchema, z.string().max(100_000).nullable()).refine((values) => Object.keys(values).length > 0, 'at least one field'),
});

/**
 * GET /api/set-aside/:id: one record set aside, with its values. POST /api/set-aside/:id/retry {reason}, /edit {reason, values},
 * /discard {reason}: what becomes of it, answered with 202 and the id of the release or request. By an integration-admin.
 */
export const decideSetAside: Endpoint = (app, { database, links, control }) => {
  app.get('/set-aside/:id', async (request) => {
    const user = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { link, gate } = await rowOf({ database, links }, id, user);
    const detail = await readSetAsideDetail(database.pool, link, id);
    return { ...detail, record: withoutHidden(gate, detail.record) };
  });

  app.post('/set-aside/:id/retry', async (request, reply) => {
    const user = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason } = parsePart(decisionSchema, request.body);
    const { link } = await rowOf({ database, links }, id, user);
    return reply.code(202).send(await control.retrySetAside({ link, id, by: user.email, reason }));
  });

  app.post('/set-aside/:id/edit', async (request, reply) => {
    const user = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason, values } = parsePart(editSchema, request.body);
    const { link, gate } = await rowOf({ database, links }, id, user);
    gate.requireWritable(Object.keys(values));
    const { releaseId } = await control.release({ link, act: 'edit', subject: id, values, requestedBy: user.email, reason });
    return reply.code(202).send({ releaseId });
  });

  app.post('/set-aside/:id/discard', async (request, reply) => {
    const user = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason } = parsePart(decisionSchema, request.body);
    const { link } = await rowOf({ database, links }, id, user);
    return reply.code(202).send(await control.discardSetAside({ link, id, by: user.email, reason }));
  });
};

/** The link of a row, among those of this CRM, with what the user may know of its record. Throws `record-not-found`. */
async function rowOf({ database: { crm, control }, links }: Pick<ApiContext, 'database' | 'links'>, id: number, user: SignedInUser) {
  const where = { id, link: { in: links.map((link) => link.name) } };
  const row = await control.quarantine.findFirst({ where, select: { link: true, collection: true, key: true } });
  if (row === null) throw new TidegateError('record-not-found', 'Nothing was set aside under this number.', { quarantine: id });
  const named = namedCollections(links).find(({ link, collection }) => link === row.link && collection === row.collection);
  const gate = await recordGate(crm, user, named);
  await gate.require(row.key);
  return { link: row.link, gate };
}
