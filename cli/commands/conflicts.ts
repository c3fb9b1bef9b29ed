import { type Command, Option } from 'commander';
import { listConflicts, readConflictDetail } from '../../adaptor/data/conflicts/conflict-rows.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { conflictTable, conflictText } from '../conflict-text.ts';
import { checkCollections } from '../context.ts';
import { type DecisionOptions, decision, parseId } from '../decision.ts';
import { MAX_LISTED, listed, withMore } from '../listing.ts';
import { print } from '../output.ts';
import { releaseAndWait } from '../release-and-wait.ts';
import type { RunCommand } from '../run-command.ts';

/** `tidegate conflicts list | show | keep | restore`: what both sides changed, and which value stands. */
export function addConflictCommands(program: Command, run: RunCommand): void {
  const conflicts = program.command('conflicts').description('what both sides changed: which value stands, and the one that lost');
  conflicts
    .command('list [collections...]')
    .description('what waits for a decision, newest first, without values')
    .option('--link <name>', 'the link, where there are several')
    .option('--all', 'also those that were settled by rule or user')
    .option('--limit <n>', 'how many', listed, MAX_LISTED)
    .action(
      run(async (context, collections: string[], options: { link?: string; all?: boolean; limit: number }) => {
        const link = context.link(options.link);
        checkCollections(link, collections);
        const named = collections.length === 0 ? [undefined] : collections;
        const question = { all: options.all === true, limit: options.limit };
        const lists = await Promise.all(named.map((collection) => listConflicts(context.pool, link.name, { collection, ...question })));
        print(context.output, { conflicts: lists.flat() }, () => withMore(conflictTable(lists.flat()), lists, options.limit));
      }),
    );
  conflicts
    .command('show <id>')
    .description('one conflict with both values')
    .option('--link <name>', 'the link, where there are several')
    .action(
      run(async (context, id: string, options: { link?: string }) => {
        const conflict = await readConflictDetail(context.pool, context.link(options.link).name, parseId(id));
        print(context.output, conflict, () => conflictText(conflict));
      }),
    );
  decision(conflicts, 'keep <id>', 'decide for the CRM’s value, which stands').action(
    run(async (context, id: string, { link: name, reason }: DecisionOptions) => {
      await (await context.tidegate()).keepConflict({ link: context.link(name).name, id: parseId(id), by: context.actor, reason });
      print(context.output, { id: parseId(id), outcome: 'crm' }, () => `${id}: the CRM’s value stands.`);
    }),
  );
  decision(conflicts, 'restore <id>', 'bring back the value that lost, or a third one, into both stores')
    .option('--value <text>', 'another value, in the form of the wire (conflicts about one field)')
    .addOption(new Option('--null', 'no value').conflicts('value'))
    .action(
      run(async (context, id: string, { link: name, reason, timeout, ...given }: DecisionOptions & { value?: string; null?: boolean }) => {
        const link = context.link(name).name;
        const { field } = await readConflictDetail(context.pool, link, parseId(id));
        const value = given.null === true ? null : given.value;
        if (value !== undefined && field === null) throw new TidegateError('bad-request', 'The conflict is about a whole record: it has no single value.');
        const values = value === undefined || field === null ? null : { [field]: value };
        const tidegate = await context.tidegate();
        const started = await tidegate.release({ link, act: 'restore', subject: parseId(id), values, requestedBy: context.actor, reason });
        await releaseAndWait(context, tidegate, started, timeout);
      }),
    );
}
