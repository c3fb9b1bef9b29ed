import { type Command, Option } from 'commander';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { type RunBooks, readRunBooks } from '../../adaptor/data/control/run-books.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Context } from '../context.ts';
import { wholeNumber } from '../number-option.ts';
import { print, table } from '../output.ts';
import type { RunCommand } from '../run-command.ts';
import { runLink } from '../run-link.ts';
import { BOOKS_WORDS, DIRECTION_WORDS } from '../words.ts';

interface RunRow {
  readonly id: string;
  readonly direction: 'forward' | 'reverse';
  readonly trigger: string;
  readonly state: string;
  readonly errorCode: string | null;
  readonly errorDetail: string | null;
  readonly messageId: string | null;
  readonly requestedBy: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly windows: number;
  readonly books: Record<'offered' | 'applied' | 'unchanged' | 'conflicted' | 'quarantined' | 'filtered', number>;
}

/** A run with the books of its windows as they are now: those of a running one count too. */
const RUNS = `
  select r.id, r.direction, r.trigger, r.state, r.error_code as "errorCode", r.error_detail as "errorDetail", r.message_id as "messageId",
         r.requested_by as "requestedBy", to_json(r.started_at) #>> '{}' as "startedAt", to_json(r.finished_at) #>> '{}' as "finishedAt",
         sums.windows, sums.books
    from tidegate.run r
   cross join lateral (
         select count(*) as windows,
                json_build_object('offered', coalesce(sum(offered), 0), 'applied', coalesce(sum(applied), 0), 'unchanged', coalesce(sum(unchanged), 0),
                                  'conflicted', coalesce(sum(conflicted), 0), 'quarantined', coalesce(sum(quarantined), 0),
                                  'filtered', coalesce(sum(filtered), 0)) as books
           from tidegate.window w where w.run_id = r.id and w.state in ('receipted', 'applied')) sums`;

const LAST_RUNS = `${RUNS}
   where r.link = $1 and ($2::text is null or r.direction = $2)
   order by r.started_at desc limit $3`;

const ONE_RUN = `${RUNS} where r.id = $1 or r.workflow_id = $1 order by r.started_at desc limit 1`;

const WINDOWS_OF_RUN = `
  select collection, direction, ordinal::int, kind, batch_id as "batchId", state, offered, applied, unchanged, conflicted, quarantined, filtered
    from tidegate.window where run_id = $1 order by started_at, collection, ordinal`;

/** `tidegate runs` and `tidegate run <id>`. */
export function addRunCommands(program: Command, run: RunCommand): void {
  program
    .command('runs')
    .description('the last runs with their books')
    .option('--link <name>', 'the link, where there are several')
    .addOption(new Option('--direction <direction>', 'only runs of this direction').choices(['forward', 'reverse']))
    .option('--limit <n>', 'how many', wholeNumber(1, 10_000), 20)
    .action(
      run(async (context, options: { link?: string; direction?: string; limit: number }) => {
        const link = context.link(options.link);
        const rows = await controlRows<RunRow>(context.pool, LAST_RUNS, [link.name, options.direction ?? null, options.limit]);
        const runs = rows.map((row) => withUrl(context, row));
        print(context.output, runs, () => (runs.length === 0 ? 'No runs yet.' : table(RUN_HEADERS, runs.map(runCells))));
      }),
    );
  program
    .command('run <id>')
    .description('one run: its books, windows and page in the Temporal UI')
    .action(
      run(async (context, id: string) => {
        const row = await controlRow<RunRow>(context.pool, ONE_RUN, [id]);
        if (row === undefined) throw new TidegateError('record-not-found', 'There is no such run.', { run: id });
        const found = withUrl(context, row);
        const windows = await controlRows<Record<string, string | number>>(context.pool, WINDOWS_OF_RUN, [found.id]);
        const sides = await readRunBooks(context.pool, found.id, found.direction);
        print(context.output, { ...found, sides, windowRows: windows }, () => describeRun(found, sides, windows));
      }),
    );
}

const RUN_HEADERS = ['run', 'direction', 'trigger', 'state', 'started', ...Object.values(BOOKS_WORDS)];

function runCells(run: RunRow): readonly string[] {
  const { offered, applied, unchanged, conflicted, quarantined, filtered } = run.books;
  return [
    run.id,
    DIRECTION_WORDS[run.direction],
    run.trigger,
    run.errorCode ?? run.state,
    run.startedAt,
    ...[offered, applied, unchanged, conflicted, quarantined, filtered].map(String),
  ];
}

function withUrl(context: Context, run: RunRow): RunRow & { readonly url: string | null } {
  return { ...run, url: runLink(context, run.id) };
}

const wordOf = (name: string): string => (name in BOOKS_WORDS ? BOOKS_WORDS[name as keyof typeof BOOKS_WORDS] : name);

/** Both sides' counts as they were signed, and whether they balance. */
function describeSides({ sender, receiver, difference }: RunBooks): readonly string[] {
  const { applied, unchanged, conflicted, quarantined } = receiver;
  return [
    `  the sender signed: offered ${sender.offered} = sent ${sender.sent} + filtered ${sender.filtered}`,
    `  the receiver signed: ${sender.sent - difference} = applied ${applied} + unchanged ${unchanged} + in conflict ${conflicted} + set aside ${quarantined}`,
    difference === 0 ? '  the books balance' : `  the books do NOT balance: ${difference} records are unaccounted for`,
  ];
}

function describeRun(run: RunRow & { readonly url: string | null }, sides: RunBooks, windows: readonly Record<string, string | number>[]): string {
  const facts = [
    `Run ${DIRECTION_WORDS[run.direction]}, ${run.id}: ${run.state}`,
    `  trigger ${run.trigger}${run.requestedBy === null ? '' : ` by ${run.requestedBy}`}, started ${run.startedAt}, finished ${run.finishedAt ?? 'not yet'}`,
    ...(run.messageId === null ? [] : [`  order (reverse synchronisation message) ${run.messageId}`]),
    ...(run.errorCode === null ? [] : [`  ${run.errorCode}: ${run.errorDetail ?? ''}`]),
    `  books: ${Object.entries(run.books)
      .map(([name, n]) => `${wordOf(name)} ${n}`)
      .join(', ')}`,
    ...describeSides(sides),
    ...(run.url === null ? [] : [`  ${run.url}`]),
  ];
  if (windows.length === 0) return facts.join('\n');
  const headers = ['collection', 'ordinal', 'kind', 'state', 'offered', 'applied', 'unchanged', 'conflicted', 'quarantined', 'filtered'];
  return [
    ...facts,
    '',
    table(
      headers.map(wordOf),
      windows.map((w) => headers.map((h) => String(w[h] ?? ''))),
    ),
  ].join('\n');
}
