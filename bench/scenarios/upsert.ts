import { proveFloor, proveProduct } from '../proof.ts';
import { rateFigures } from '../report.ts';
import { settle } from './load.ts';
import type { Scenario } from './scenario.ts';

/** A load over records that are there, each of them changed. */
export const upsertScenario: Scenario = async ({ stack, product, floors, rows, compare }) => {
  await stack.cloud.query('truncate bench.people');
  await floors.copy(1);
  let titles = 0;
  /** Gives every contact another title, past capture, so that every row differs at each target. */
  const retitle = async (): Promise<void> => {
    titles += 1;
    await stack.crm.query('begin');
    await stack.crm.query('set local session_replication_role = replica');
    await stack.crm.query(`update crm.contacts set job_title = 'Upserted ' || $1`, [String(titles)]);
    await stack.crm.query('commit');
    // Pages as full as before: else the halves of the floors are none.
    await stack.crm.query('vacuum (full, analyze) crm.contacts');
    await Promise.all([stack.cloud.query('vacuum analyze bench.people, cloud.people'), settle(stack)]);
  };
  const floor = (streams: number) => ({
    name: `COPY, staging and MERGE, ${streams} stream${streams === 1 ? '' : 's'}`,
    run: async () => {
      await retitle();
      const took = await floors.merge(streams);
      await proveFloor(stack, stack.cloud, 'bench.people');
      return took;
    },
  });
  const results = await compare([
    {
      name: 'product',
      run: async () => {
        await product.pause();
        await retitle();
        const took = await product.reload();
        await proveProduct(stack);
        return took;
      },
    },
    floor(2),
    floor(1),
  ]);
  // The last round may have left the product behind.
  await product.pause();
  await product.reload();
  return rateFigures('upsert over existing records', rows, results);
};
