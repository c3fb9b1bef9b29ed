import { join } from 'node:path';
import { removePostgresCluster } from '../../embedded/postgres-cluster.ts';
import { type BenchStack, startBenchStack } from '../bench-stack.ts';
import { changeContacts } from '../contacts.ts';
import { startObserver } from '../observation.ts';
import type { Contender } from '../pairs.ts';
import { Product } from '../product.ts';
import { proveProduct } from '../proof.ts';
import { rateFigures } from '../report.ts';
import { settle } from './load.ts';
import type { Scenario } from './scenario.ts';

/** What the floor is called: the same product with its defaults. */
const UNOBSERVED = 'metrics and traces off, log at info';

/**
 * What it costs to be observed: the same deltas (a tenth of the contacts) on two stacks, one as it comes, one with metrics that are
 * scraped every second, every trace recorded and sent, and the log at `debug`, which has a line for every window.
 */
export const observationScenario: Scenario = async ({ stack, product, rows, home, compare }) => {
  const updates = Math.round(rows / 10);
  const counts = { updates, inserts: Math.round(updates / 100), deletes: Math.round(updates / 100) };
  const records = counts.updates + counts.inserts + counts.deletes;
  let changes = 0;
  const contender = (name: string, on: BenchStack, carrier: Product): Contender => ({
    name,
    run: async () => {
      await settle(on);
      const took = await carrier.carry(records, () => changeContacts(on.crm, counts, ++changes));
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
    const results = await compare([contender('product', observed, other), contender(UNOBSERVED, stack, product)]);
    if (observer.traced() === 0 || scraped() === 0) throw new Error(`nothing was observed: ${observer.traced()} bytes of traces, ${scraped()} scrapes`);
    return rateFigures(`${records.toLocaleString('en')} changes, metrics, traces and debug log on`, records, results);
  } finally {
    for (const side of ['crm', 'cloud']) removePostgresCluster(join(place, side, 'postgres'));
  }
};
