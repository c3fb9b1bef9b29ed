/**
 * How a transaction's statements are planned. Statistics of a log that has just grown or been emptied are wrong, so what is known
 * better is told.
 *
 * - `lookups`: only look-ups by index where there are any: else the whole table is read for one record.
 * - `scans`: all means, for windows whose size the planner knows: it may read the table where the window meets much of it. Look-ups
 *   by key cost less than it thinks, since keys are looked up by the thousand.
 * - `located`: the same for records that this transaction has just read: they are at hand, each where it is known to lie.
 * - `tables`: all means, for reading most of a table that was just written: an index alone does not tell yet which rows are visible,
 *   and would send to each of them.
 */
export type Planning = 'lookups' | 'scans' | 'located' | 'tables';

/** What random reads are taken to cost; else what the server says. */
const RANDOM_PAGE_COST: Readonly<Partial<Record<Planning, number>>> = { scans: 0.4, located: 0.1 };

/** Statements that plan the rest of a transaction so. */
export function plannerSettings(planning: Planning): string {
  const means = ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan'].map((name) => `SET LOCAL ${name} = ${planning === 'lookups' ? 'off' : 'on'}`);
  const cost = RANDOM_PAGE_COST[planning];
  return [
    ...means,
    ...(cost === undefined ? [] : [`SET LOCAL random_page_cost = ${cost}`]),
    ...(planning === 'lookups' ? [] : [`SET LOCAL work_mem = '32MB'`]),
    ...(planning === 'tables' ? ['SET LOCAL enable_indexonlyscan = off'] : []),
  ].join('; ');
}
