import type { BenchStack } from '../bench-stack.ts';
import type { Run } from '../clock.ts';
import { proveFloor, proveProduct } from '../proof.ts';
import { rateFigures } from '../report.ts';
import type { Scenario } from './scenario.ts';

/** Empties the product's table at the cloud past capture: nobody is to take that for deletes. */
export async function emptyCloud({ cloud }: BenchStack): Promise<void> {
  await cloud.query('begin');
  await cloud.query('set local session_replication_role = replica');
  await cloud.query('alter table cloud.people disable trigger user');
  await cloud.query('truncate cloud.people cascade');
  await cloud.query('alter table cloud.people enable trigger user');
  await cloud.query('commit');
}

/** Both servers begin a measurement with nothing left to write. */
export async function settle({ crm, cloud }: BenchStack): Promise<void> {
  await Promise.all([crm.query('checkpoint'), cloud.query('checkpoint')]);
}

/** Initial load into an empty store. */
export const loadScenario: Scenario = async ({ stack, product, floors, native, rows, compare }) => {
  const floor = (name: string, run: () => Promise<Run>) => ({
    name,
    run: async () => {
      await stack.cloud.query('truncate bench.people');
      await settle(stack);
      const took = await run();
      await proveFloor(stack, stack.cloud, 'bench.people');
      return took;
    },
  });
  // Whoever comes first would pay for all: rows read for the first time since they were written, files of the write-ahead log made.
  await stack.cloud.query('truncate bench.people');
  await floors.copy(1);
  const results = await compare([
    {
      name: 'product',
      run: async () => {
        await product.pause();
        await emptyCloud(stack);
        await settle(stack);
        const took = await product.reload();
        await proveProduct(stack);
        return took;
      },
    },
    floor('COPY into COPY, 2 streams', () => floors.copy(2)),
    floor('COPY, staging and MERGE, 2 streams', () => floors.merge(2)),
    floor('COPY into COPY, 1 stream', () => floors.copy(1)),
    floor('COPY, staging and MERGE, 1 stream', () => floors.merge(1)),
    {
      name: 'native logical replication',
      run: async () => {
        await settle(stack);
        const took = await native.load();
        await native.hold();
        await proveFloor(stack, native.client, 'crm.contacts', 'crm');
        return took;
      },
    },
  ]);
  return rateFigures('initial load', rows, results);
};
