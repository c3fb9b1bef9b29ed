import { z } from 'zod';
import { listReconciliations, readDifferences } from '../../../adaptor/data/control/reconciliations.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { nameSchema } from '../../../exchange/names.ts';
import { namedCollections } from '../../status/named-collection.ts';
import { collectionGates, visibleRows } from './collection-gates.ts';
import { type Endpoint, linksWith, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Greatest number of differences of one answer. */
const PAGE = 500;

/** Whether older ones are listed too. */
export const listSchema = z.strictObject({ all: z.enum(['true', 'false']).default('false') });
const idSchema = z.strictObject({ id: z.uuid() });
/** After which difference. */
export const pageSchema = z.strictObject({ after: z.coerce.number().int().min(0).default(0) });
/** What is compared, and whether it is repaired. */
export const startSchema = z
  .strictObject({
    collection: nameSchema.optional(),
    link: z.string().max(200).optional(),
    repair: z.boolean().default(false),
    deleteReceipted: z.boolean().default(false),
    reason: z.string().trim().min(3).max(500).optional(),
  })
  .refine(({ deleteReceipted, reason }) => !deleteReceipted || reason !== undefined, 'deletes need a reason');

/**
 * GET /api/reconciliations?all: the last comparison of each collection (or all that are kept), newest first; counts only. GET
 * /api/reconciliations/:id/differences?after: its differences, keys and names of fields, of records that the user may see, `after` the last id before. POST
 * /api/reconciliations {collection?, link?, repair?, deleteReceipted?, reason?}: compares, and repairs by an integration-admin;
 * answers 202 with the ids of the requests.
 */
export const reconciliations: Endpoint = (app, { database: { crm, pool }, links, control }) => {
  const collections = namedCollections(links);
  const lists = async (all: boolean) => (await Promise.all(links.map(({ name }) => listReconciliations(pool, name, all)))).flat();

  app.get('/reconciliations', async (request) => {
    requireUser(request, 'read');
    const { all } = parsePart(listSchema, request.query);
    return { rows: (await lists(all === 'true')).toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime()) };
  });

  app.get('/reconciliations/:id/differences', async (request) => {
    const user = requireUser(request, 'read');
    const { id } = parsePart(idSchema, request.params);
    const { after } = parsePart(pageSchema, request.query);
    const found = (await lists(true)).find((one) => one.id === id);
    if (found === undefined) throw new TidegateError('record-not-found', 'There is no such reconciliation.', { reconciliation: id });
    const read = await readDifferences(pool, id, PAGE, after);
    const gates = await collectionGates(crm, user, collections);
    const places = read.map((row) => ({ row, link: found.link, collection: found.collection, key: row.localKey ?? row.key }));
    const rows = (await visibleRows(gates, places)).map(({ row }) => row);
    return { reconciliation: found, rows, next: read.length === PAGE ? (read.at(-1)?.id ?? null) : null };
  });

  app.post('/reconciliations', async (request, reply) => {
    const { email: by } = requireUser(request, 'synchronise');
    const { collection, link, repair, deleteReceipted, reason } = parsePart(startSchema, request.body);
    if (repair || deleteReceipted) requireUser(request, 'govern');
    const wanted = collection === undefined ? [] : [collection];
    const requests: string[] = [];
    for (const one of linksWith(links, wanted, link)) {
      const collections = collection === undefined ? one.collections.map(({ name }) => name) : wanted;
      const { requestId } = await control.reconcile({ link: one.name, collections, repair, deleteReceipted, by, reason });
      requests.push(requestId);
    }
    return reply.code(202).send({ requests });
  });
};
