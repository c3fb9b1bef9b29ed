import { type ChangeCounts, changeContacts } from '../contacts.ts';
import type { Results } from '../pairs.ts';
import { proveFloor, proveProduct } from '../proof.ts';
import { rateFigures } from '../report.ts';
import { settle } from './load.ts';
import type { Bench, Scenario } from './scenario.ts';

let changes = 0;

/** Brings all three targets in step with the CRM before changes are measured. */
export async function alignTargets({ stack, floors, native }: Bench): Promise<void> {
  await stack.cloud.query('truncate bench.people');
  await floors.copy(1);
  await native.load();
  await native.hold();
  // As autovacuum does a minute after such loads.
  await Promise.all([stack.cloud.query('vacuum analyze bench.people, cloud.people'), native.client.query('vacuum analyze crm.contacts')]);
}

/** The same changes carried by product, psql and native replication, one after the other, in turns. */
export async function compareChanges(bench: Bench, counts: ChangeCounts, rounds: number): Promise<Results> {
  const { stack, product, floors, native, compare } = bench;
  const records = counts.updates + counts.inserts + counts.deletes;
  // Each runs on changes of its own, and the others take these in after it.
  const change = async (): Promise<void> => changeContacts(stack.crm, counts, ++changes);
  return compare(
    [
      {
        name: 'product',
        run: async () => {
          await settle(stack);
          const took = await product.carry(records, change);
          await proveProduct(stack);
          await floors.delta();
          await native.catchUp();
          await native.hold();
          return took;
        },
      },
      {
        name: 'COPY, staging and MERGE',
        run: async () => {
          await product.carry(records, change);
          await settle(stack);
          const took = await floors.delta();
          await proveFloor(stack, stack.cloud, 'bench.people');
          await native.catchUp();
          await native.hold();
          return took;
        },
      },
      {
        name: 'native logical replication',
        run: async () => {
          await product.carry(records, change);
          await floors.delta();
          await settle(stack);
          const took = await native.catchUp();
          await native.hold();
          await proveFloor(stack, native.client, 'crm.contacts', 'crm');
          return took;
        },
      },
    ],
    rounds,
  );
}

/** A tenth of the contacts changed in one transaction, with a hundredth of that added and as many deleted. */
export const deltaScenario: Scenario = async (bench) => {
  const updates = Math.round(bench.rows / 10);
  const counts = { updates, inserts: Math.round(updates / 100), deletes: Math.round(updates / 100) };
  await alignTargets(bench);
  const results = await compareChanges(bench, counts, bench.rounds);
  const name = `${counts.updates.toLocaleString('en')} updates, ${counts.inserts.toLocaleString('en')} inserts, ${counts.deletes.toLocaleString('en')} deletes`;
  return rateFigures(name, counts.updates + counts.inserts + counts.deletes, results);
};
