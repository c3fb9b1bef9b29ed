import { z } from 'zod';
import { readSetAsideDetail } from '../../../adaptor/data/quarantine/quarantine-rows.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { fieldNameSchema } from '../../../exchange/names.ts';
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
    requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    return readSetAsideDetail(database.pool, await linkOfRow({ database, links }, id), id);
  });

  app.post('/set-aside/:id/retry', async (request, reply) => {
    const { email: by } = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason } = parsePart(decisionSchema, request.body);
    const link = await linkOfRow({ database, links }, id);
    return reply.code(202).send(await control.retrySetAside({ link, id, by, reason }));
  });

  app.post('/set-aside/:id/edit', async (request, reply) => {
    const { email: requestedBy } = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason, values } = parsePart(editSchema, request.body);
    const link = await linkOfRow({ database, links }, id);
    const { releaseId } = await control.release({ link, act: 'edit', subject: id, values, requestedBy, reason });
    return reply.code(202).send({ releaseId });
  });

  app.post('/set-aside/:id/discard', async (request, reply) => {
    const { email: by } = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const { reason } = parsePart(decisionSchema, request.body);
    const link = await linkOfRow({ database, links }, id);
    return reply.code(202).send(await control.discardSetAside({ link, id, by, reason }));
  });
};

/** The link of a row, among those of this CRM. Throws `record-not-found`. */
async function linkOfRow({ database: { control }, links }: Pick<ApiContext, 'database' | 'links'>, id: number): Promise<string> {
  const row = await control.quarantine.findFirst({ where: { id, link: { in: links.map((link) => link.name) } }, select: { link: true } });
  if (row === null) throw new TidegateError('record-not-found', 'Nothing was set aside under this number.', { quarantine: id });
  return row.link;
}
