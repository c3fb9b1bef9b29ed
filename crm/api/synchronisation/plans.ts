import { z } from 'zod';
import { MAX_SAMPLE, listDifferences, listPlans, requirePlan } from '../../../adaptor/data/planning/plan-rows.ts';
import { listUndoRefusals } from '../../../adaptor/data/undo/undo-rows.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { nameSchema } from '../../../exchange/names.ts';
import { recordGate } from '../../records/record-gate.ts';
import { namedCollections } from '../../status/named-collection.ts';
import type { SignedInUser } from '../../users/roles.ts';
import { type ApiContext, type Endpoint, requireUser } from '../context.ts';
import { numberParamSchema, parsePart } from '../parse.ts';

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
const idSchema = z.object({ id: z.uuid() });

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
      if (plan !== undefined) return { ...plan, differences: await shownDifferences({ database, links }, user, { link: name, id }) };
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

/** POST /api/undo {run, exceptEdited, reason}: has a run undone (202). GET /api/undo/:id: the records that it left alone. By an integration-admin. */
export const undo: Endpoint = (app, { database, links, control }) => {
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
    return { id, link, run, exceptEdited, requestedBy, reason, records, refused: await listUndoRefusals(database.pool, link, id) };
  });
};

/** Differences of a plan, as far as the user may see records and fields. */
async function shownDifferences(
  { database: { crm, pool }, links }: Pick<ApiContext, 'database' | 'links'>,
  user: SignedInUser,
  { link, id }: { readonly link: string; readonly id: string },
) {
  const collections = namedCollections(links).filter((each) => each.link === link);
  const gates = new Map(await Promise.all(collections.map(async (each) => [each.collection, await recordGate(crm, user, each)] as const)));
  const shown = [];
  for (const difference of await listDifferences(pool, link, id)) {
    const gate = gates.get(difference.collection);
    if (gate !== undefined && (await gate.visible([difference.key])).length === 0) continue;
    shown.push(gate?.hides(difference.field) === true ? { ...difference, before: null, after: null } : difference);
  }
  return shown;
}

/** The link that is named, or the only one. Throws `bad-request`. */
function linkOf(links: ApiContext['links'], name: string | undefined): string {
  const found = name === undefined ? (links.length === 1 ? links[0] : undefined) : links.find((link) => link.name === name);
  if (found === undefined) throw new TidegateError('bad-request', 'Name one of the links.');
  return found.name;
}
