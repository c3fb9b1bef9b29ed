import { proveFloor, proveProduct } from '../proof.ts';
import { rateFigures } from '../report.ts';
import { settle } from './load.ts';
import type { Bench, Scenario } from './scenario.ts';

let edits = 0;

/** A tenth of the records edited by the cloud's own users, ordered in by the CRM. */
export const reverseScenario: Scenario = async (bench) => {
  const { stack, product, floors, rows, compare } = bench;
  const count = Math.round(rows / 10);
  await stack.crm.query('truncate bench.contacts');
  await stack.crm.query('insert into bench.contacts select * from crm.contacts');
  await stack.crm.query('vacuum analyze bench.contacts');
  await stack.cloud.query('vacuum analyze cloud.people');
  const results = await compare([
    {
      name: 'product',
      run: async () => {
        await editInCloud(bench, count);
        await settle(stack);
        const took = await product.orderIn(count);
        await proveProduct(stack);
        await floors.reverse();
        return took;
      },
    },
    {
      name: 'COPY, staging and MERGE',
      run: async () => {
        await editInCloud(bench, count);
        await settle(stack);
        const took = await floors.reverse();
        await product.orderIn(count);
        await proveFloor(stack, stack.crm, 'bench.contacts', 'crm');
        return took;
      },
    },
  ]);
  return rateFigures(`ordered reverse of ${count.toLocaleString('en')} changes`, count, results);
};

/** Edits records as the cloud's users do, and notes their keys in `bench.changed` there. */
async function editInCloud({ stack }: Bench, count: number): Promise<void> {
  edits += 1;
  await stack.cloud.query('truncate bench.changed');
  await stack.cloud.query(`insert into bench.changed select id from cloud.people where tenant = 'acme' order by md5(id::text || $2) limit $1`, [
    count,
    String(edits),
  ]);
  await stack.cloud.query('analyze bench.changed');
  await stack.cloud.query('grant usage on schema bench to cloud_user; grant select on bench.changed to cloud_user');
  const client = await stack.employees.connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('tidegate.tenant', 'acme', true), set_config('tidegate.actor', 'employee@cloud.example', true)`);
    await client.query(`update cloud.people p set title = 'Edited ' || $1 from bench.changed b where b.id = p.id and p.tenant = 'acme'`, [String(edits)]);
    await client.query('commit');
  } finally {
    client.release();
  }
}
