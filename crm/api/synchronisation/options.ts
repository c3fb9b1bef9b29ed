import { z } from 'zod';
import { readSwitchedOff, writeSyncOption } from '../../../adaptor/data/control/sync-options.ts';
import { readPeriods } from '../../../adaptor/data/control/sync-periods.ts';
import { inTransaction } from '../../../adaptor/data/pool.ts';
import { recordAudit } from '../../../adaptor/data/state/audit.ts';
import { directionSchema, nameSchema } from '../../../exchange/names.ts';
import { readDeselected, writeSelected } from '../../users/deselected.ts';
import { type Endpoint, linksWith, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Longest period that can be set: a month. */
const MAX_PERIOD_MS = 31 * 24 * 3_600_000;

const link = z.string().max(200).optional();
/** A flow that is switched. */
export const companySchema = z.strictObject({ link, collection: nameSchema, direction: directionSchema, enabled: z.boolean() });
/** What the user's buttons cover. */
export const mineSchema = z.strictObject({ collection: nameSchema, selected: z.boolean() });
/** How often a direction runs. */
export const periodSchema = z.strictObject({ link, direction: directionSchema, everyMs: z.int().min(1000).max(MAX_PERIOD_MS) });

/**
 * GET /api/options: which collections flow and how often, of every link, and which ones the user's own buttons cover.
 * PUT /api/options/company {link?, collection, direction, enabled}: switches a flow, by an integration-admin. PUT
 * /api/options/mine {collection, selected}: what the user's buttons cover. PUT /api/options/period {link?, direction, everyMs}:
 * how often, by an integration-admin. Each 204. Errors: `collection-unknown`, `link-mismatch`, `temporal-unavailable`.
 */
export const options: Endpoint = (app, { database: { crm, pool }, links, control }) => {
  app.get('/options', async (request) => {
    const user = requireUser(request, 'read');
    const deselected = await readDeselected(crm, user.id);
    const told = links.map(async ({ name, collections, schedules }) => {
      const [forwardOff, reverseOff, set] = await Promise.all([
        readSwitchedOff(pool, name, 'forward'),
        readSwitchedOff(pool, name, 'reverse'),
        readPeriods(pool, name),
      ]);
      return {
        link: name,
        forwardEveryMs: set.forward ?? schedules.forwardEveryMs,
        reverseEveryMs: set.reverse ?? schedules.reverseEveryMs,
        collections: collections.map((collection) => ({
          collection: collection.name,
          forward: !forwardOff.has(collection.name),
          reverse: !reverseOff.has(collection.name),
          selected: !deselected.has(collection.name),
        })),
      };
    });
    return { links: await Promise.all(told) };
  });

  app.put('/options/company', async (request, reply) => {
    const { email: by } = requireUser(request, 'govern');
    const { link: only, collection, direction, enabled } = parsePart(companySchema, request.body);
    for (const { name } of linksWith(links, [collection], only)) {
      await inTransaction(pool, async (client) => {
        await writeSyncOption(client, { link: name, collection, direction, enabled }, by);
        await recordAudit(client, { link: name, event: 'collection-switched', subject: collection, facts: { direction, enabled, by } });
      });
      // What was never loaded is loaded by the next session, which a request begins.
      if (enabled && direction === 'forward') await control.requestForward({ link: name, collections: [collection], by });
    }
    return reply.code(204).send();
  });

  app.put('/options/mine', async (request, reply) => {
    const { id } = requireUser(request, 'synchronise');
    const { collection, selected } = parsePart(mineSchema, request.body);
    linksWith(links, [collection]);
    await writeSelected(crm, id, collection, selected);
    return reply.code(204).send();
  });

  app.put('/options/period', async (request, reply) => {
    const { email: by } = requireUser(request, 'govern');
    const { link: only, direction, everyMs } = parsePart(periodSchema, request.body);
    for (const { name } of linksWith(links, [], only)) await control.setPeriod(name, { direction, everyMs, by });
    return reply.code(204).send();
  });
};
