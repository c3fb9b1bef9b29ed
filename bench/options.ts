import { parseArgs } from 'node:util';
import { TidegateError } from '../exchange/errors.ts';

/** What can be measured, in the order in which it is. */
export const SCENARIOS = ['load', 'upsert', 'delta', 'small', 'single', 'reverse', 'reconcile', 'observation'] as const;

/** What is measured only where it is named: it needs a second stack beside the first. */
const NAMED_ONLY: readonly string[] = ['observation'];

/** What is measured unless told otherwise. */
export const USUAL_SCENARIOS = SCENARIOS.filter((name) => !NAMED_ONLY.includes(name));

/** One thing that is measured. */
export type ScenarioName = (typeof SCENARIOS)[number];

/** What `npm run bench -- ...` was asked for. */
export interface BenchOptions {
  /** Number of contacts. */
  readonly rows: number;
  /** How often each pair of product and floor is run. */
  readonly rounds: number;
  readonly only: readonly ScenarioName[];
  /** Print one JSON array as the last line. */
  readonly json: boolean;
  /** Folder for the stores, which is removed at the end unless `keep`; a temporary one by default. */
  readonly home: string | undefined;
  readonly keep: boolean;
  /** PostgreSQL logs the plan of every statement that takes longer, in milliseconds (auto_explain). */
  readonly explainMs: number | undefined;
  /** Tell after each run which statements took most on both servers. */
  readonly statements: boolean;
}

/** Help of `npm run bench`. */
export const BENCH_HELP = `npm run bench -- [options]

  --rows N        number of contacts, about 390 bytes each (default 1,000,000)
  --rounds N      how often each pair of product and floor is run (default 3)
  --only NAMES    only these, with commas between: ${SCENARIOS.join(', ')}
                  (the last one only where it is named)
  --json          print an array of {"name", "value", "unit", "floor", "ratio"} as the last line
  --home DIR      folder for the throw-away stores and the logs
  --keep          leave it there (with PostgreSQL's logs and Node's profiles) instead of removing it
  --explain MS    PostgreSQL logs the plan of every statement that takes longer, into DIR/logs
  --statements    tell after each run which statements took most on both servers
  --help          this text

Profiles: NODE_OPTIONS="--cpu-prof --cpu-prof-dir=DIR" reaches producer and worker too.`;

/** Reads the options. Throws `bad-request` for what is not an option. */
export function readBenchOptions(args: readonly string[]): BenchOptions | 'help' {
  const parse = () =>
    parseArgs({
      args: [...args],
      options: {
        rows: { type: 'string', default: '1000000' },
        rounds: { type: 'string', default: '3' },
        only: { type: 'string', default: USUAL_SCENARIOS.join(',') },
        json: { type: 'boolean', default: false },
        home: { type: 'string' },
        keep: { type: 'boolean', default: false },
        explain: { type: 'string' },
        statements: { type: 'boolean', default: false },
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
  const only = values.only.split(',');
  const unknown = only.filter((name) => !(SCENARIOS as readonly string[]).includes(name));
  if (unknown.length > 0) throw new TidegateError('bad-request', `There is no scenario ${unknown.join(', ')}; there are ${SCENARIOS.join(', ')}.`);
  return {
    rows: wholeNumber('--rows', values.rows, 2000),
    rounds: wholeNumber('--rounds', values.rounds, 1),
    only: only as ScenarioName[],
    json: values.json,
    home: values.home,
    keep: values.keep,
    explainMs: values.explain === undefined ? undefined : wholeNumber('--explain', values.explain, 1),
    statements: values.statements,
  };
}

function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least) throw new TidegateError('bad-request', `${option} is a whole number, at least ${least}.`);
  return number;
}
