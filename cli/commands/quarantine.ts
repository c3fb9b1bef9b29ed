import type { Command } from 'commander';
import { countSetAside, listSetAside, readSetAsideDetail } from '../../adaptor/data/quarantine/quarantine-rows.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { checkCollections } from '../context.ts';
import { type DecisionOptions, decision, parseId } from '../decision.ts';
import { MAX_LISTED, listed, withMore } from '../listing.ts';
import { print } from '../output.ts';
import { setAsideTable, setAsideText } from '../quarantine-text.ts';
import { releaseAndWait } from '../release-and-wait.ts';
import type { RunCommand } from '../run-command.ts';

/** `tidegate quarantine list | show | edit | retry | discard`: records that a store could not take. */
export function addQuarantineCommands(program: Command, run: RunCommand): void {
  const quarantine = program
    .command('quarantine')
    .alias('set-aside')
    .description('records set aside, which a store could not take: why, and what becomes of them');
  quarantine
    .command('list [collections...]')
    .description('what waits, newest first, without values')
    .option('--link <name>', 'the link, where there are several')
    .option('--all', 'also those that no longer wait')
    .option('--limit <n>', 'how many', listed, MAX_LISTED)
    .action(
      run(async (context, collections: string[], options: { link?: string; all?: boolean; limit: number }) => {
        const link = context.link(options.link);
        checkCollections(link, collections);
        const named = collections.length === 0 ? [undefined] : collections;
        const question = { all: options.all === true, limit: options.limit };
        const lists = await Promise.all(named.map((collection) => listSetAside(context.pool, link.name, { collection, ...question })));
        const counts = await countSetAside(context.pool, link.name);
        print(context.output, { ...counts, records: lists.flat() }, () => withMore(setAsideTable(lists.flat(), counts), lists, options.limit));
      }),
    );
  quarantine
    .command('show <id>')
    .description('one record with its values, its reason, and what mends it')
    .option('--link <name>', 'the link, where there are several')
    .action(
      run(async (context, id: string, options: { link?: string }) => {
        const record = await readSetAsideDetail(context.pool, context.link(options.link).name, parseId(id));
        print(context.output, record, () => setAsideText(record));
      }),
    );
  decision(quarantine, 'retry <id>', 'try the record again as it came').action(
    run(async (context, id: string, { link: name, reason, timeout }: DecisionOptions) => {
      const link = context.link(name).name;
      const tidegate = await context.tidegate();
      const started = await tidegate.retrySetAside({ link, id: parseId(id), by: context.actor, reason });
      if ('requestId' in started) print(context.output, { ...started, state: 'ordered' }, () => `${id} is sent again.`);
      else await releaseAndWait(context, tidegate, started, timeout);
    }),
  );
  decision(quarantine, 'edit <id> [assignments...]', 'give it other values (field=value), and let it in')
    .option('--null <fields...>', 'fields to be left empty')
    .action(
      run(async (context, id: string, assignments: string[], { link: name, reason, timeout, ...options }: DecisionOptions & { null?: string[] }) => {
        const named = [...assignments.map((text) => assignment(text)[0]), ...(options.null ?? [])];
        const twice = named.find((field, i) => named.indexOf(field) !== i);
        if (twice !== undefined) throw new TidegateError('bad-request', `"${twice}" is named twice.`);
        const values = { ...Object.fromEntries(assignments.map(assignment)), ...Object.fromEntries((options.null ?? []).map((field) => [field, null])) };
        if (Object.keys(values).length === 0) throw new TidegateError('bad-request', 'Name the new values: field=value, or --null field.');
        const tidegate = await context.tidegate();
        const release = { link: context.link(name).name, act: 'edit', subject: parseId(id), values, requestedBy: context.actor, reason } as const;
        await releaseAndWait(context, tidegate, await tidegate.release(release), timeout);
      }),
    );
  decision(quarantine, 'discard <id>', 'give it up: the cloud gets the CRM’s record again, or keeps its own until it changes').action(
    run(async (context, id: string, { link: name, reason }: DecisionOptions) => {
      const done = await (await context.tidegate()).discardSetAside({ link: context.link(name).name, id: parseId(id), by: context.actor, reason });
      print(context.output, { ...done, state: 'discarded' }, () => `${id} is discarded${done.requestId === null ? '.' : '; the CRM’s record is sent again.'}`);
    }),
  );
}

function assignment(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new TidegateError('bad-request', `"${text}" is not field=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}
