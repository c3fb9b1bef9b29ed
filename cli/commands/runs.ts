import type { Command } from 'commander';
import { TidegateError } from '../../exchange/errors.ts';
import { runUrl, workflowIdOfRun } from '../../scheduler/ids.ts';
import type { Context } from '../context.ts';
import { print, table } from '../output.ts';
import type { RunCommand } from '../run-command.ts';

interface RunRow {
  readonly id: string;
  readonly direction: string;
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

const RUN_COLUMNS = `
  id, direction, trigger, state, error_code as "errorCode", error_detail as "errorDetail", message_id as "messageId",
  requested_by as "requestedBy", to_json(started_at) #>> '{}' as "startedAt", to_json(finished_at) #>> '{}' as "finishedAt", windows::int as windows,
  json_build_object('offered', offered, 'applied', applied, 'unchanged', unchanged, 'conflicted', conflicted,
                    'quarantined', quarantined, 'filtered', filtered) as books`;

const LAST_RUNS = `
  select ${RUN_COLUMNS} from tidegate.run
   where link = $1 and ($2::text is null or direction = $2)
   order by started_at desc limit $3`;

const ONE_RUN = `select ${RUN_COLUMNS} from tidegate.run where id = $1 or workflow_id = $1 order by started_at desc limit 1`;

const WINDOWS_OF_RUN = `
  select collection, direction, ordinal::int, kind, batch_id as "batchId", state, offered, applied, unchanged, conflicted, quarantined, filtered
    from tidegate.window where run_id = $1 order by started_at, collection, ordinal`;

/** `tidegate runs` and `tidegate run <id>`. */
export function addRunCommands(program: Command, run: RunCommand): void {
  program
    .command('runs')
    .description('the last runs with their books')
    .option('--link <name>', 'the link, where there are several')
    .option('--direction <direction>', 'forward or reverse')
    .option('--limit <n>', 'how many', '20')
    .action(
      run(async (context, options: { link?: string; direction?: string; limit: string }) => {
        const link = context.link(options.link);
        const { rows } = await context.pool.query<RunRow>(LAST_RUNS, [link.name, options.direction ?? null, Number(options.limit)]);
        const runs = rows.map((row) => withUrl(context, parsed(row)));
        print(context.output, runs, () => (runs.length === 0 ? 'No runs yet.' : table(RUN_HEADERS, runs.map(runCells))));
      }),
    );
  program
    .command('run <id>')
    .description('one run: its books, windows and page in the Temporal UI')
    .action(
      run(async (context, id: string) => {
        const { rows } = await context.pool.query<RunRow>(ONE_RUN, [id]);
        if (rows[0] === undefined) throw new TidegateError('record-not-found', 'There is no such run.', { run: id });
        const found = withUrl(context, parsed(rows[0]));
        const windows = await context.pool.query<Record<string, string | number>>(WINDOWS_OF_RUN, [found.id]);
        print(context.output, { ...found, windowRows: windows.rows }, () => describeRun(found, windows.rows));
      }),
    );
}

const RUN_HEADERS = ['run', 'direction', 'trigger', 'state', 'started', 'offered', 'applied', 'unchanged', 'conflicted', 'quarantined', 'filtered'];

function runCells(run: RunRow): readonly string[] {
  const { offered, applied, unchanged, conflicted, quarantined, filtered } = run.books;
  return [run.id, run.direction, run.trigger, run.errorCode ?? run.state, run.startedAt, ...[offered, applied, unchanged, conflicted, quarantined, filtered].map(String)];
}

/** The pools give values as text; the books come as JSON. */
function parsed(row: RunRow): RunRow {
  const books = typeof row.books === 'string' ? (JSON.parse(row.books) as RunRow['books']) : row.books;
  return { ...row, windows: Number(row.windows), books };
}

function withUrl(context: Context, run: RunRow): RunRow & { readonly url: string | null } {
  const ui = context.settings.TIDEGATE_TEMPORAL_UI;
  const runId = run.id.slice(workflowIdOfRun(run.id).length + 1);
  return { ...run, url: ui === undefined ? null : runUrl(ui, context.settings.TIDEGATE_TEMPORAL_NAMESPACE, workflowIdOfRun(run.id), runId) };
}

function describeRun(run: RunRow & { readonly url: string | null }, windows: readonly Record<string, string | number>[]): string {
  const facts = [
    `${run.direction} run ${run.id}: ${run.state}`,
    `  trigger ${run.trigger}${run.requestedBy === null ? '' : ` by ${run.requestedBy}`}, started ${run.startedAt}, finished ${run.finishedAt ?? 'not yet'}`,
    ...(run.messageId === null ? [] : [`  reverse message ${run.messageId}`]),
    ...(run.errorCode === null ? [] : [`  ${run.errorCode}: ${run.errorDetail ?? ''}`]),
    `  books: ${Object.entries(run.books).map(([name, n]) => `${name} ${n}`).join(', ')}`,
    ...(run.url === null ? [] : [`  ${run.url}`]),
  ];
  if (windows.length === 0) return facts.join('\n');
  const headers = ['collection', 'ordinal', 'kind', 'state', 'offered', 'applied', 'unchanged', 'conflicted', 'quarantined', 'filtered'];
  return [...facts, '', table(headers, windows.map((w) => headers.map((h) => String(w[h] ?? ''))))].join('\n');
}
