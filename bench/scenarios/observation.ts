import { join } from 'node:path';
import { removePostgresCluster } from '../../embedded/postgres-cluster.ts';
import { type BenchStack, startBenchStack } from '../bench-stack.ts';
import { changeContacts } from '../contacts.ts';
import { startObserver } from '../observation.ts';
import type { Run } from '../clock.ts';
import type { Contender, Results } from '../pairs.ts';
import { Product } from '../product.ts';
import { proveProduct } from '../proof.ts';
import { rateFigures } from '../report.ts';
import { settle } from './load.ts';
import type { Scenario } from './scenario.ts';

/** What the floor is called: the same product with its defaults. */
const UNOBSERVED = 'metrics and traces off, log at info';

/** Changes that are committed one by one, as fast as the CRM takes them: many small windows, each with its spans and its line in the log. */
const SINGLE_CHANGES = 500;

async function changeOneByOne({ crm }: BenchStack, round: number): Promise<void> {
  const { rows } = await crm.query<{ id: string }>('select id from crm.contacts where not private order by id limit $1', [SINGLE_CHANGES]);
  for (const { id } of rows) await crm.query('update crm.contacts set note = $2 where id = $1', [id, `observed, round ${round}`]);
}

/**
 * What it costs to be observed: the same changes (half of the contacts at once, then single ones) on two stacks, one as it comes, one with metrics that are
 * scraped every second, every trace recorded and sent, and the log at `debug`, which has a line for every window.
 */
export const observationScenario: Scenario = async ({ stack, product, rows, home, compare }) => {
  const updates = Math.round(rows / 2);
  const counts = { updates, inserts: Math.round(updates / 100), deletes: Math.round(updates / 100) };
  const records = counts.updates + counts.inserts + counts.deletes;
  let changes = 0;
  const contender = (name: string, on: BenchStack, carry: () => Promise<Run>): Contender => ({
    name,
    run: async () => {
      await settle(on);
      const took = await carry();
      await proveProduct(on);
      return took;
    },
  });
  const place = join(home, 'observed');
  using observer = await startObserver();
  const environment = { TIDEGATE_METRICS_PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: observer.url, TIDEGATE_TRACE_RATIO: '1', TIDEGATE_LOG_LEVEL: 'debug' };
  try {
    await using observed = await startBenchStack(place, { rows, explainMs: undefined, statements: false }, environment);
    const other = new Product(observed);
    await other.ready();
    await proveProduct(observed);
    const scraped = observer.scrape(observed.stack.metrics);
    const pair = (carry: (on: BenchStack, by: Product) => Promise<Run>): Promise<Results> =>
      compare([contender('product', observed, () => carry(observed, other)), contender(UNOBSERVED, stack, () => carry(stack, product))]);
    const atOnce = await pair((on, by) => by.carry(records, () => changeContacts(on.crm, counts, ++changes)));
    const oneByOne = await pair(async (on, by) => {
      // They are sent while they are made.
      const stop = await on.startClock();
      await by.carry(SINGLE_CHANGES, () => changeOneByOne(on, ++changes));
      return stop();
    });
    if (observer.traced() === 0 || scraped() === 0) throw new Error(`nothing was observed: ${observer.traced()} bytes of traces, ${scraped()} scrapes`);
    const observedWith = 'metrics, traces and debug log on';
    return [
      ...rateFigures(`${records.toLocaleString('en')} changes at once, ${observedWith}`, records, atOnce),
      ...rateFigures(`${SINGLE_CHANGES} changes one by one, ${observedWith}`, SINGLE_CHANGES, oneByOne),
    ];
  } finally {
    for (const side of ['crm', 'cloud']) removePostgresCluster(join(place, side, 'postgres'));
  }
};
