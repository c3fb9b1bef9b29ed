import { z } from 'zod';
import { MAX_SAMPLE, listDifferences, listPlans, requirePlan } from '../../../adaptor/data/planning/plan-rows.ts';
import { listUndoRefusals } from '../../../adaptor/data/undo/undo-rows.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { nameSchema } from '../../../exchange/names.ts';
import { releaseRunId } from '../../../scheduler/ids.ts';
import { readRuns } from '../../status/runs.ts';
import { type ApiContext, type Endpoint, requireUser } from '../context.ts';
import { numberParamSchema, parsePart } from '../parse.ts';
import { shownDifferences } from './shown-differences.ts';

/** A plan that is wanted. */
export const planSchema = z.strictObject({
  link: z.string().optional(),
  direction: z.enum(['forward', 'reverse']),
  collections: z.array(nameSchema).max(100).default([]),
  sample: z.int().min(0).max(MAX_SAMPLE).default(20),
});
/** A run that is undone. */
export const undoSchema = z.strictObject({
  link: z.string().optional(),
  run: z.string().min(1).max(500),
  exceptEdited: z.boolean().default(false),
  reason: z.string().trim().min(3).max(500),
});
/** Which run's undo is looked at beforehand. */
export const previewSchema = undoSchema.pick({ link: true, run: true });
const idSchema = z.object({ id: z.uuid() });

/** Records of each collection that the preview of an undo shows, and as many of those that it would leave alone. */
const PREVIEW_SAMPLE = 100;

/**
 * GET /api/plans: plans of the last hour in counts. GET /api/plans/:id: one with its differences, by an integration-admin. POST
 * /api/plans {direction, collections, sample} has one worked out (202 with its id).
 */
export const plans: Endpoint = (app, { database, links, control }) => {
  app.get('/plans', async (request) => {
    requireUser(request, 'read');
    const lists = await Promise.all(links.map(({ name }) => listPlans(database.pool, name)));
    return { rows: lists.flat().toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime()) };
  });

  app.get('/plans/:id', async (request) => {
    const user = requireUser(request, 'govern');
    const { id } = parsePart(idSchema, request.params);
    for (const { name } of links) {
      const plan = await requirePlan(database.pool, name, id).catch(() => undefined);
      if (plan !== undefined)
        return { ...plan, differences: await shownDifferences({ database, links }, user, name, await listDifferences(database.pool, name, id)) };
    }
    throw new TidegateError('record-not-found', 'There is no such plan; plans are kept for an hour.', { plan: id });
  });

  app.post('/plans', async (request, reply) => {
    const { email: requestedBy } = requireUser(request, 'govern');
    const { link, ...order } = parsePart(planSchema, request.body);
    const { planId } = await control.plan({ ...order, link: linkOf(links, link), requestedBy });
    return reply.code(202).send({ planId });
  });
};

/**
 * POST /api/undo/preview {run}: has worked out what an undo would put back, and which records it would leave alone (202 with the id of a
 * plan). POST /api/undo {run, exceptEdited, reason}: has a run undone (202). GET /api/undo/:id: what became of it, its run and the records
 * that it left alone. By an integration-admin.
 */
export const undo: Endpoint = (app, { database, links, control, temporalUi }) => {
  app.post('/undo/preview', async (request, reply) => {
    const { email: requestedBy } = requireUser(request, 'govern');
    const { link, run } = parsePart(previewSchema, request.body);
    const order = { link: linkOf(links, link), direction: 'reverse', collections: [], sample: PREVIEW_SAMPLE, run, requestedBy } as const;
    const { planId } = await control.plan(order);
    return reply.code(202).send({ planId });
  });

  app.post('/undo', async (request, reply) => {
    const { email: requestedBy } = requireUser(request, 'govern');
    const { link, ...order } = parsePart(undoSchema, request.body);
    const { undo: id, releaseId } = await control.undo({ ...order, link: linkOf(links, link), requestedBy });
    return reply.code(202).send({ undo: id, releaseId });
  });

  app.get('/undo/:id', async (request) => {
    requireUser(request, 'govern');
    const { id } = parsePart(numberParamSchema, request.params);
    const row = await database.control.undo.findFirst({ where: { id, link: { in: links.map(({ name }) => name) } } });
    if (row === null) throw new TidegateError('record-not-found', 'There is no such undo.', { undo: id });
    const { link, runId: run, exceptEdited, requestedBy, reason, records } = row;
    const [refused, release] = await Promise.all([
      listUndoRefusals(database.pool, link, id),
      database.control.release.findFirst({ where: { link, act: 'undo', subject: id }, select: { id: true, state: true, errorCode: true } }),
    ]);
    const [newRun] = release === null ? [] : await readRuns(database.control, [link], 1, temporalUi, { id: releaseRunId(release.id) });
    const standing = { state: release?.state ?? 'asked', errorCode: release?.errorCode ?? null, newRun: newRun ?? null };
    return { id, link, run, exceptEdited, requestedBy, reason, records, refused, ...standing };
  });
};

/** The link that is named, or the only one. Throws `bad-request`. */
function linkOf(links: ApiContext['links'], name: string | undefined): string {
  const found = name === undefined ? (links.length === 1 ? links[0] : undefined) : links.find((link) => link.name === name);
  if (found === undefined) throw new TidegateError('bad-request', 'Name one of the links.');
  return found.name;
}
