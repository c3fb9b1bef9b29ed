/**
 * Statements for the rest of a transaction: leave the planner only look-ups by index where there are any, or give it all its
 * means again. Its statistics of a log that has just grown or been emptied are wrong, and then it reads a whole table for
 * one record.
 */
export const plannerSettings = (byIndex: boolean): string =>
  ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan'].map((name) => `SET LOCAL ${name} = ${byIndex ? 'off' : 'on'}`).join('; ');
