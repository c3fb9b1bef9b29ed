import { addContacts } from '../contacts.ts';
import { ratios, spreadOf } from '../pairs.ts';
import { rateFigures, round } from '../report.ts';
import { alignTargets, compareChanges } from './delta.ts';
import { emptyCloud } from './load.ts';
import type { Bench, Scenario } from './scenario.ts';

const CHANGES = { updates: 1000, inserts: 0, deletes: 0 };
const ROUNDS = 5;

/** 1,000 changes of a tenth of the contacts, and of all of them: what a small delta costs must not grow with the table. */
export const smallScenario: Scenario = async (bench) => {
  const { stack, rows } = bench;
  const tenth = Math.round(rows / 10);
  await replaceContacts(bench, () => stack.crm.query(`delete from crm.contacts where id in (select id from crm.contacts order by id offset ${tenth})`));
  const few = await measure(bench);
  await replaceContacts(bench, async () => {
    await stack.crm.query('truncate crm.contacts cascade');
    await addContacts(stack.crm, 1, rows);
  });
  const all = await measure(bench);
  const name = (count: number) => `1,000 updates of ${count.toLocaleString('en')}`;
  const [fewTimes = [], allTimes = []] = [few, all].map((results) => (results.get('product') ?? []).map(({ ms }) => ms));
  const spread = ratios(fewTimes, allTimes);
  return [
    ...rateFigures(name(tenth), CHANGES.updates, few),
    ...rateFigures(name(rows), CHANGES.updates, all),
    {
      name: `${name(rows)}, against ${name(tenth)}`,
      value: Math.round(spreadOf(allTimes).median),
      unit: 'ms',
      floor: Math.round(spreadOf(fewTimes).median),
      ratio: round(spread.median),
      spread,
    },
  ];
};

async function measure(bench: Bench) {
  await alignTargets(bench);
  return compareChanges(bench, CHANGES, Math.max(ROUNDS, bench.rounds));
}

/** Puts other contacts into the CRM past capture, and loads them. */
async function replaceContacts({ stack, product, native }: Bench, replace: () => Promise<unknown>): Promise<void> {
  await product.pause();
  await native.drop();
  await emptyCloud(stack);
  await stack.crm.query('set session_replication_role = replica');
  await stack.crm.query('alter table crm.contacts disable trigger user');
  await replace();
  await stack.crm.query('alter table crm.contacts enable trigger user');
  await stack.crm.query('reset session_replication_role');
  await stack.crm.query('vacuum analyze crm.contacts');
  await product.reload();
}
