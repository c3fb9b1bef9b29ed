/**
 * Statements for the rest of a transaction: leave the planner only look-ups by index where there are any, or give it all its
 * means again. Its statistics of a log that has just grown or been emptied are wrong, and then it reads a whole table for
 * one record.
 */
export const plannerSettings = (byIndex: boolean): string =>
  ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan'].map((name) => `SET LOCAL ${name} = ${byIndex ? 'off' : 'on'}`).join('; ');

/**
 * Statements for the rest of a transaction that takes in a large window, whose size the planner knows: it may read the table
 * where the window meets much of it. Look-ups by key cost less than it thinks, since keys are looked up by the thousand.
 */
export const LARGE_WINDOW_SETTINGS = `SET LOCAL enable_seqscan = on; SET LOCAL random_page_cost = 1.1; SET LOCAL work_mem = '32MB'`;
