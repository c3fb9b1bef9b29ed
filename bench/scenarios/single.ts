import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { percentile } from '../pairs.ts';
import { proveFloor, proveProduct } from '../proof.ts';
import { type MeasuredFigure, round } from '../report.ts';
import { alignTargets } from './delta.ts';
import type { Scenario } from './scenario.ts';

const UPDATES = 300;
const BLOCK = 50;
/** First updates of a block, which are not counted: the flow was held before, and goes on with sessions that have just been opened. */
const WARM_UP = 5;
const PERIOD_MS = 50;

/** Single updates, 20 a second, on a flow that stands: from the answer to the commit to the moment in which another session sees the value. */
export const singleScenario: Scenario = async (bench) => {
  const { stack, product, native } = bench;
  await alignTargets(bench);
  const { rows } = await stack.crm.query<{ id: string }>('select id from crm.contacts where not private order by md5(id::text) limit $1', [
    (UPDATES / BLOCK) * (BLOCK + WARM_UP),
  ]);
  const ids = rows.map(({ id }) => id);
  const watcher = new Client({ connectionString: stack.stack.cloud.adminUrl });
  await watcher.connect();
  const latencies: Record<'product' | 'native', number[]> = { product: [], native: [] };
  try {
    for (let block = 0; block < UPDATES / BLOCK; block++) {
      const some = ids.slice(block * (BLOCK + WARM_UP), (block + 1) * (BLOCK + WARM_UP));
      latencies.product.push(
        ...(await update(stack.crm, watcher, `select notes as value from cloud.people where tenant = 'acme' and id = $1`, some)).slice(WARM_UP),
      );
      await product.pause();
      await native.catchUp();
      latencies.native.push(...(await update(stack.crm, native.client, 'select note as value from crm.contacts where id = $1', some)).slice(WARM_UP));
      await native.hold();
      await product.resume(some.length);
      await product.ready();
    }
    await native.catchUp();
    await native.hold();
    await proveProduct(stack);
    await proveFloor(stack, native.client, 'crm.contacts', 'crm');
  } finally {
    await watcher.end();
  }
  return [0.5, 0.99].map((share): MeasuredFigure => {
    const [ours, theirs] = [percentile(latencies.product, share), percentile(latencies.native, share)];
    const name = `${UPDATES} single updates at ${1000 / PERIOD_MS} a second, commit to visible, p${share * 100}, against native logical replication`;
    return { name, value: round(ours), unit: 'ms', floor: round(theirs), ratio: round(theirs / ours) };
  });
};

let stamp = 0;

async function update(crm: Client, watcher: Client, text: string, ids: readonly string[]): Promise<number[]> {
  const latencies: number[] = [];
  for (const id of ids) {
    const value = `Single update ${++stamp}`;
    const begunAt = performance.now();
    await crm.query('update crm.contacts set note = $2 where id = $1', [id, value]);
    const committedAt = performance.now();
    for (;;) {
      const { rows } = await watcher.query<{ value: string }>({ name: 'watch', text, values: [id] });
      if (rows[0]?.value === value) break;
      if (performance.now() - committedAt > 60_000) throw new Error('a single update was not seen within a minute');
      // Who looks without a rest takes a core of its own away from what is looked at.
      await sleep(1);
    }
    latencies.push(performance.now() - committedAt);
    await sleep(Math.max(0, PERIOD_MS - (performance.now() - begunAt)));
  }
  return latencies;
}
