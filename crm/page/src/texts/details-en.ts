import type { LedgerFaultName } from '../../../../exchange/ledger.ts';
import type { FaultDetailName } from '../../../../exchange/fault-details.ts';

/* What more there is to say of why something did not happen, in English. */

const TYPES: Readonly<Record<string, string>> = {
  bigint: 'a whole number',
  boolean: 'yes or no',
  date: 'a date',
  integer: 'a whole number',
  jsonb: 'a list',
  numeric: 'a number',
  smallint: 'a whole number',
  time: 'a time of day',
  timestamp: 'a date with a time',
  timestamptz: 'a date with a time',
  uuid: 'a record’s number',
};

/** Of a record set aside; the parameter is a type, a table, a constraint or a state of PostgreSQL. */
export const enDetails: Readonly<Record<FaultDetailName, (parameter: string) => string>> = {
  'value-needed': () => 'A value is needed.',
  'longer-than': (type) => {
    const [length] = /\d+/.exec(type) ?? [];
    return length === undefined ? 'It is too long.' : `It has room for ${length} characters.`;
  },
  'too-long': () => 'It is longer than there is room for.',
  'not-of-type': (type) => `Expected: ${TYPES[type] ?? TYPES[type.replace(/[\s(].*/, '')] ?? type}.`,
  'does-not-fit': (state) => `It is of another kind than the field (SQLSTATE ${state}).`,
  'not-listed': () => 'It is not among the values that can be chosen.',
  'key-not-of-type': () => 'It is missing, or of another kind.',
  'parent-missing': () => 'It comes in by itself once that record is there.',
  'referred-to': (table) => `Records of ${table} refer to it.`,
  constraint: (name) => `The rule is ${name}.`,
  rule: (state) => `It is a rule of the table itself (SQLSTATE ${state}).`,
  'several-agree': () => 'Several records have the same values in these fields.',
  'operation-not-ordered': () => 'The pull did not ask for this kind of change.',
  'field-not-ordered': () => 'The pull did not ask for this field, or it is not the cloud’s to change.',
  'not-sealed': () => 'It is not a sealed value.',
  'sealed-older': () => 'It is older than what the cloud had.',
  'sealed-by-other': () => 'It is sealed with a key that is not known here.',
  'sealed-altered': () => 'It was altered, or belongs to another record or field.',
};

/** Of a ledger that is not what was written. */
export const enLedgerFaults: Readonly<Record<LedgerFaultName, string>> = {
  'batch-missing': 'A batch of the chain was deleted.',
  'batch-altered': 'A batch is not what was sealed.',
  'order-broken': 'A batch does not follow the one before it: batches were reordered, or one was put in.',
  'batch-unsealed': 'A batch stands outside the chain.',
  'entry-missing': 'An entry of a batch was deleted.',
  'entry-added': 'An entry was added to a sealed batch.',
  'entry-altered': 'An entry of a batch was altered, or entries were reordered.',
  'entry-unchained': 'An entry belongs to no sealed batch.',
  'order-missing': 'Entries name no pull and no decision that was accepted: somebody wrote past the synchronisation.',
  'value-altered': 'The values of an entry are not those that were written down.',
  'value-missing': 'The values of an entry are gone, and nothing says who destroyed them.',
  'window-altered': 'What was written down of a transfer, its counts or its receipt, is not what was sealed.',
  'window-unchained': 'A transfer that was completed is not in the chain.',
  'act-altered': 'An event of the audit log is not what was sealed.',
  'act-unchained': 'An event of the audit log is not in the chain.',
  'key-altered': 'A registered key or certificate is not what was sealed.',
  'archive-altered': 'An archive is not the one that was taken out, or does not fit the chain.',
  'tail-cut': 'The chain ends before a state that was signed.',
  forked: 'The chain has come to another state than the one that was signed.',
  'head-invalid': 'A signed state does not hold: its signature, key or store.',
};
