import { type Command, Option } from 'commander';
import { type CollectionForecast, type PlannedDifference, MAX_SAMPLE, listDifferences, requirePlan } from '../../adaptor/data/planning/plan-rows.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { checkCollections } from '../context.ts';
import { seconds, wholeNumber } from '../number-option.ts';
import { print, table } from '../output.ts';
import type { RunCommand } from '../run-command.ts';
import { within } from '../within.ts';
import { BOOKS_WORDS } from '../words.ts';

interface PlanOptions {
  readonly link?: string;
  readonly collection?: string[];
  readonly sample: number;
  readonly timeout: number;
  readonly run?: string;
}

/** `tidegate plan forward|reverse|undo`: what a run, or the undo of one, would do, and nothing of it done. */
export function addPlanCommand(program: Command, run: RunCommand): void {
  program
    .command('plan <direction>')
    .description('what a forward or reverse run, or the undo of one, would do, in counts and differences by field; changes nothing in either store')
    .addOption(new Option('--collection <names...>', 'only these'))
    .option('--sample <n>', `records of each collection whose differences are shown, up to ${MAX_SAMPLE}`, wholeNumber(0, MAX_SAMPLE), 20)
    .option('--run <id>', 'of `plan undo`: the run, by its id or a workflow id')
    .option('--link <name>', 'the link, where there are several')
    .option('--timeout <seconds>', 'how long to wait', seconds, 120)
    .action(
      run(async (context, given: string, options: PlanOptions) => {
        const { direction, run: undone } = subjectOf(given, options.run);
        const link = context.link(options.link);
        const collections = checkCollections(link, options.collection ?? []);
        const tidegate = await context.tidegate();
        const order = { link: link.name, direction, collections, sample: options.sample, requestedBy: context.actor };
        const { planId } = await tidegate.plan({ ...order, ...(undone === undefined ? {} : { run: undone }) });
        await within(options.timeout, 'The plan', tidegate.awaitPlan(planId));
        const { result } = await requirePlan(context.pool, link.name, planId);
        const differences = await listDifferences(context.pool, link.name, planId);
        print(context.output, { plan: planId, direction, collections: result ?? [], differences }, () => planText(result ?? [], differences));
      }),
    );
}

/** What is planned: a run of a direction, or the undo of a run, which writes into the CRM. */
function subjectOf(given: string, run: string | undefined): { readonly direction: 'forward' | 'reverse'; readonly run?: string } {
  if (given === 'undo' && run !== undefined) return { direction: 'reverse', run };
  if ((given === 'forward' || given === 'reverse') && run === undefined) return { direction: given };
  throw new TidegateError('bad-request', 'Say forward, reverse, or undo with --run.');
}

/** Counts as a table, then the differences, a field a line. */
export function planText(result: readonly CollectionForecast[], differences: readonly PlannedDifference[]): string {
  const heads = [
    'collection',
    'insert',
    'update',
    'delete',
    'unchanged',
    BOOKS_WORDS.conflicted,
    BOOKS_WORDS.quarantined,
    'filtered',
    'more',
    'would wait, or why not',
  ];
  const rows = result.map((c) => [
    c.collection,
    ...[c.insert, c.update, c.delete, c.unchanged, c.conflicted, c.quarantined, c.filtered, c.following].map(String),
    c.code ?? c.waits ?? '',
  ]);
  const lines = differences.map(({ collection, key, outcome, field, before, after, code }) => [
    collection,
    key.join(', '),
    outcome,
    field ?? '',
    before ?? '',
    after ?? '',
    code ?? '',
  ]);
  const shown = lines.length === 0 ? [] : ['', table(['collection', 'key', 'outcome', 'field', 'from', 'to', 'kept out by'], lines)];
  return [table(heads, rows), ...shown, '', 'Nothing was changed.'].join('\n');
}
