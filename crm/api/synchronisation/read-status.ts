import { readCollectionStatus } from '../../status/collection-status.ts';
import { namedCollections } from '../../status/named-collection.ts';
import { RecordCounts } from '../../status/record-counts.ts';
import { type Endpoint, requireUser } from '../context.ts';

/** GET /api/status: every link and collection, how far it is, and whether the job scheduler answers. */
export const readStatus: Endpoint = (app, { database: { control }, links, control: scheduler, temporalUi }) => {
  const collections = namedCollections(links);
  const counts = new RecordCounts(control);
  app.get('/status', async (request) => {
    requireUser(request, 'read');
    const [states, linkRows, schedulerReachable] = await Promise.all([
      readCollectionStatus(control, collections),
      control.link.findMany({ where: { name: { in: links.map((link) => link.name) } } }),
      scheduler.isReachable(),
    ]);
    const now = new Date();
    return {
      now,
      schedulerReachable,
      temporalUrl: temporalUi?.url ?? null,
      links: links.map(({ name }) => {
        const row = linkRows.find((link) => link.name === name);
        const { state = 'new', stateCode = null, stateReason = null, stateBy = null, stateAt = null } = row ?? {};
        return { name, state, stateCode, stateReason, stateBy, stateAt };
      }),
      collections: await Promise.all(
        collections.map(async (collection, i) => ({ ...states[i], table: `${collection.schema}.${collection.table}`, ...(await counts.of(collection)) })),
      ),
    };
  });
};
