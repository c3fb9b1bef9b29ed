import { parseArgs } from 'node:util';
import { TidegateError } from '../../exchange/errors.ts';

/** What `npm start -- ...` was asked for. */
export interface StackOptions {
  /** Do one whole cycle and exit. */
  readonly once: boolean;
  /** Print one JSON object as the last line. */
  readonly json: boolean;
  /** Begin anew: all data of the embedded parts are removed first. */
  readonly reset: boolean;
  /** Load the sample data (default), unless --no-sample. */
  readonly sample: boolean;
  /** Number of contacts in the sample data. */
  readonly contacts: number;
  /** Databases that are not embedded and may be reset, filled with sample data and edited all the same. */
  readonly databases: readonly string[];
}

/** Help of `npm start`. */
export const STACK_HELP = `npm start -- [options]

  --once               one whole cycle (sample data, forward, cloud edits, ordered reverse, CRM changes), then stop
  --json               print one JSON object as the last line
  --reset              begin anew: remove all data of the embedded parts
  --no-sample          load no sample data
  --contacts N         number of contacts in the sample data (default 200; a million is fine)
  --database NAME      allow --reset, sample data, --once and cloud edits on this database although it is not embedded
  --help               this text`;

/** Reads the options. Throws `bad-request` for what is not an option. */
export function readStackOptions(args: readonly string[]): StackOptions | 'help' {
  const parse = () =>
    parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        reset: { type: 'boolean', default: false },
        sample: { type: 'boolean', default: true },
        contacts: { type: 'string', default: '200' },
        database: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    }).values;
  let values: ReturnType<typeof parse>;
  try {
    values = parse();
  } catch (cause) {
    throw new TidegateError('bad-request', (cause as Error).message, {}, { cause });
  }
  if (values.help) return 'help';
  const contacts = Number(values.contacts);
  if (!Number.isSafeInteger(contacts) || contacts < 1) throw new TidegateError('bad-request', '--contacts is a whole number above 0.');
  return { once: values.once, json: values.json, reset: values.reset, sample: values.sample, contacts, databases: values.database };
}
