import type { Client } from 'pg';
import { type Reconciliation } from '../../adaptor/data/control/reconciliations.ts';
import { waitForReconciliation } from '../../adaptor/data/control/wait-for-reconciliation.ts';
import type { BenchStack } from '../bench-stack.ts';
import { columnList } from '../contacts.ts';
import { type MeasuredFigure, rateFigures } from '../report.ts';
import type { Scenario } from './scenario.ts';

const TIMEOUT_MS = 30 * 60_000;

/** Records that differ in the second comparison, spread over all of them. */
const ALTERED = 100;

/** Comparing both stores: against one statement at each side, at once, that reads and hashes every record. */
export const reconcileScenario: Scenario = async ({ stack, rows, compare }) => {
  let last: Reconciliation | undefined;
  const product = (differences: number) => ({
    name: 'product',
    run: async () => {
      const stop = await stack.startClock();
      last = await reconcile(stack);
      const run = await stop();
      if (last.differences !== differences || last.crmRecords !== rows)
        throw new Error(`${String(last.differences)} of ${String(last.crmRecords)} records differ`);
      return run;
    },
  });
  const floor = {
    name: 'count and sum of hashes in SQL',
    run: async () => {
      const stop = await stack.startClock();
      await Promise.all([sumOfHashes(stack.crm, 'crm.contacts', columnList('crm')), sumOfHashes(stack.cloud, 'cloud.people', columnList('cloud'))]);
      return stop();
    },
  };
  const equal = await compare([product(0), floor]);
  const figures = [...rateFigures('reconciliation of equal stores', rows, equal), bytesOf('equal stores', last)];
  await alter(stack.cloud, 'altered');
  const unequal = await compare([product(ALTERED), floor]);
  const found = [...rateFigures(`reconciliation with ${ALTERED} altered records`, rows, unequal), bytesOf(`${ALTERED} altered records`, last)];
  await stack.cloud.query(
    `begin; set local session_replication_role = replica; update cloud.people p set title = k.title from bench.altered k where k.id = p.id; drop table bench.altered; commit`,
  );
  return [...figures, ...found];
};

async function reconcile({ tidegate, consumer, name, link }: BenchStack): Promise<Reconciliation> {
  const { requestId } = await tidegate.reconcile({ link: name, collections: link.collections.map((collection) => collection.name), by: 'bench' });
  const [row] = await waitForReconciliation(consumer, name, requestId, TIMEOUT_MS);
  if (row === undefined) throw new Error('nothing was compared');
  return row;
}

async function sumOfHashes(client: Client, table: string, columns: string): Promise<void> {
  await client.query(`select count(*), sum(hashtextextended(t::text, 0)) from (select ${columns} from ${table}) t`);
}

/** Alters records at the cloud past capture; `bench.altered` keeps what they were. */
async function alter(cloud: Client, title: string): Promise<void> {
  await cloud.query(`begin;
    set local session_replication_role = replica;
    create table bench.altered as select id, title from cloud.people order by md5(id::text) limit ${ALTERED};
    update cloud.people p set title = '${title}' from bench.altered k where k.id = p.id;
    commit`);
}

function bytesOf(what: string, last: Reconciliation | undefined): MeasuredFigure {
  return { name: `questions and answers of a reconciliation, ${what}`, value: last?.wireBytes ?? 0, unit: 'bytes', floor: null, ratio: null };
}
