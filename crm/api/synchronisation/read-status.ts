import type { PrismaClient } from '../../../prisma/generated/control/client.ts';
import { readCollectionStatus } from '../../status/collection-status.ts';
import { namedCollections } from '../../status/named-collection.ts';
import { RecordCounts } from '../../status/record-counts.ts';
import { type Endpoint, requireUser } from '../context.ts';

/** Why the newest forward run of a link ended without having sent everything; null where it goes on, or did. */
async function readRefusal(control: PrismaClient, link: string): Promise<{ readonly code: string; readonly at: Date } | null> {
  const run = await control.run.findFirst({
    where: { link, direction: 'forward' },
    orderBy: { startedAt: 'desc' },
    select: { state: true, errorCode: true, startedAt: true, finishedAt: true },
  });
  if (run === null || run.errorCode === null || (run.state !== 'refused' && run.state !== 'failed')) return null;
  return { code: run.errorCode, at: run.finishedAt ?? run.startedAt };
}

/** GET /api/status: every link and collection, how far it is, and whether the job scheduler answers. */
export const readStatus: Endpoint = (app, { database: { control }, links, control: scheduler, temporalUi }) => {
  const collections = namedCollections(links);
  const counts = new RecordCounts(control);
  app.get('/status', async (request) => {
    requireUser(request, 'read');
    const [states, linkRows, refusals, schedulerReachable] = await Promise.all([
      readCollectionStatus(control, collections),
      control.link.findMany({ where: { name: { in: links.map((link) => link.name) } } }),
      Promise.all(links.map(({ name }) => readRefusal(control, name))),
      scheduler.isReachable(),
    ]);
    const now = new Date();
    return {
      now,
      schedulerReachable,
      temporalUrl: temporalUi?.url ?? null,
      links: links.map(({ name }, i) => {
        const row = linkRows.find((link) => link.name === name);
        const { state = 'new', stateCode = null, stateReason = null, stateBy = null, stateAt = null } = row ?? {};
        return { name, state, stateCode, stateReason, stateBy, stateAt, refusal: refusals[i] ?? null };
      }),
      collections: await Promise.all(
        collections.map(async (collection, i) => ({ ...states[i], table: `${collection.schema}.${collection.table}`, ...(await counts.of(collection)) })),
      ),
    };
  });
};
