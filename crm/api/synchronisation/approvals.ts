import { z } from 'zod';
import { listApprovals } from '../../../adaptor/data/control/approvals.ts';
import { listHeldDifferences } from '../../../adaptor/data/injection/held-differences.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { numberParamSchema, parsePart } from '../parse.ts';
import { shownDifferences } from './shown-differences.ts';

/** Whether decided ones are listed too. */
export const querySchema = z.strictObject({ all: z.enum(['true', 'false']).default('false') });
/** Why it is decided so. */
export const decisionSchema = z.strictObject({ reason: z.string().trim().min(3).max(500) });

/** Records of a window that was set down whose differences are shown. */
const MAX_SHOWN = 200;

/**
 * GET /api/approvals?all: what waits for a user or was refused and holds its collection, counts only, newest first. GET /api/approvals/:id/differences: what a window that came
 * in and was set down would change, field by field, for an integration-admin (what would be sent is a plan's to say). POST
 * /api/approvals/:id/approve and /reject {reason}: decides (204), by an integration-admin.
 */
export const approvals: Endpoint = (app, { database, links, control }) => {
  app.get('/approvals', async (request) => {
    requireUser(request, 'read');
    const { all } = parsePart(querySchema, request.query);
    const lists = await Promise.all(links.map(({ name }) => listApprovals(database.pool, name, all === 'true' ? 'all' : 'holding')));
    return { rows: lists.flat().toSorted((a, b) => b.id - a.id) };
  });

  app.get('/approvals/:id/differences', async (request) => {
    const user = requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const names = links.map(({ name }) => name);
    const row = await database.control.approval.findFirst({ where: { id, link: { in: names } }, select: { link: true, batchId: true } });
    if (row === null) throw new TidegateError('record-not-found', 'Nothing waits for approval under this number.', { approval: id });
    const held = row.batchId === null ? [] : await listHeldDifferences(database.pool, row.link, row.batchId, MAX_SHOWN);
    return { differences: await shownDifferences({ database, links }, user, row.link, held) };
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
