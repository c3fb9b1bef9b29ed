import { z } from 'zod';
import { listApprovals } from '../../../adaptor/data/control/approvals.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { numberParamSchema, parsePart } from '../parse.ts';

/** Whether decided ones are listed too. */
export const querySchema = z.strictObject({ all: z.enum(['true', 'false']).default('false') });
/** Why it is decided so. */
export const decisionSchema = z.strictObject({ reason: z.string().trim().min(3).max(500) });

/**
 * GET /api/approvals?all: what waits for a user, counts only, newest first. POST
 * /api/approvals/:id/approve and /reject {reason}: decides (204), by an integration-admin.
 */
export const approvals: Endpoint = (app, { database, links, control }) => {
  app.get('/approvals', async (request) => {
    requireUser(request, 'read');
    const { all } = parsePart(querySchema, request.query);
    const lists = await Promise.all(links.map(({ name }) => listApprovals(database.pool, name, all === 'true')));
    return { rows: lists.flat().toSorted((a, b) => b.id - a.id) };
  });

  for (const act of ['approve', 'reject'] as const) {
    app.post(`/approvals/:id/${act}`, async (request, reply) => {
      const { email: by } = requireUser(request, 'govern');
      const { id } = parsePart(numberParamSchema, request.params);
      const { reason } = parsePart(decisionSchema, request.body);
      const row = await database.control.approval.findFirst({ where: { id, link: { in: links.map(({ name }) => name) } }, select: { link: true } });
      if (row === null) throw new TidegateError('record-not-found', 'Nothing waits for approval under this number.', { approval: id });
      await control.decideBreach({ link: row.link, breach: id, approved: act === 'approve', by, reason });
      return reply.code(204).send();
    });
  }
};
