/**
 * How a transaction's statements are planned. Statistics of a log that has just grown or been emptied are wrong, so what is known
 * better is told.
 *
 * - `lookups`: only look-ups by index where there are any: else the whole table is read for one record.
 * - `scans`: all means, for windows whose size the planner knows: it may read the table where the window meets much of it. Look-ups
 *   by key cost less than it thinks, since keys are looked up by the thousand.
 * - `located`: the same for records that this transaction has just read: they are at hand, each where it is known to lie.
 */
export type Planning = 'lookups' | 'scans' | 'located';

/** Statements that plan the rest of a transaction so. */
export function plannerSettings(planning: Planning): string {
  const means = ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan'].map((name) => `SET LOCAL ${name} = ${planning === 'lookups' ? 'off' : 'on'}`);
  const large = planning === 'lookups' ? [] : [`SET LOCAL random_page_cost = ${planning === 'located' ? 0.1 : 0.4}`, `SET LOCAL work_mem = '32MB'`];
  return [...means, ...large].join('; ');
}
