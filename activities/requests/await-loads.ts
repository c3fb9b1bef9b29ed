import { setTimeout as sleep } from 'node:timers/promises';
import { owedRequests } from '../../adaptor/data/control/left-out.ts';
import { readLink } from '../../adaptor/data/state/link.ts';
import { beating } from '../heartbeat.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { readOpenness } from './collection-openness.ts';

const POLL_MS = 500;

/**
 * Waits while every request row of a link waits for a load: until one of them can be served, none is left, the link no
 * longer flows, or the period of the link is over (whose own row is due then).
 */
export async function awaitLoads({ links, consumer }: Pick<ActivityContext, 'links' | 'consumer'>, { link }: { readonly link: string }): Promise<void> {
  const setup = linkOf({ links }, link);
  const until = performance.now() + Math.min(setup.reverseEveryMs, setup.reverse.validMs);
  await beating(
    () => ({ waitsFor: 'load' }),
    async (signal) => {
      while (performance.now() < until) {
        const owed = await owedRequests(consumer, link);
        const openness = await readOpenness(consumer, setup);
        if (owed.length === 0 || owed.some(({ collections }) => openness.canServe(collections))) return;
        if ((await readLink(consumer, setup.name))?.state !== 'open') return;
        await sleep(POLL_MS, undefined, { signal });
      }
    },
  );
}
