import { readExpiries } from '../../../adaptor/auth/expiry.ts';
import { DEFAULT_BOUNDS, judgeFreshness } from '../../status/alarms.ts';
import { readLastReconciliations } from '../../status/last-reconciliations.ts';
import { readFreshness } from '../../status/read-freshness.ts';
import { readVolume } from '../../status/volume.ts';
import { readWaiting } from '../../status/waiting.ts';
import { type Endpoint, requireUser } from '../context.ts';

/**
 * GET /api/health: alarms, judged now from how fresh the data is, and what waits for a human. GET /api/trends: records of the last
 * day by quarters of an hour, and the lag that this process has seen.
 */
export const health: Endpoint = (app, { database, links, alarmBounds = DEFAULT_BOUNDS, lagHistory, certificateFiles = {} }) => {
  const watchedSince = new Date();
  const names = links.map(({ name }) => name);

  app.get('/health', async (request) => {
    requireUser(request, 'read');
    const [freshness, waiting, expiries, comparisons] = await Promise.all([
      readFreshness(database, links),
      readWaiting(database.pool, names),
      readExpiries(database.pool, certificateFiles),
      readLastReconciliations(database.pool, names),
    ]);
    const differences = comparisons.reduce((sum, comparison) => sum + comparison.differences, 0);
    const unconfirmed = freshness.standings.reduce((sum, standing) => sum + standing.unconfirmed, 0);
    return {
      alarms: judgeFreshness(freshness.links, alarmBounds, freshness.now, watchedSince),
      waiting: { ...waiting, unconfirmed, differences, expiring: expiries.filter(({ warning }) => warning !== null).length },
    };
  });

  app.get('/trends', async (request) => {
    requireUser(request, 'read');
    return { volume: await readVolume(database.pool, names), lag: lagHistory?.samples ?? [] };
  });
};
