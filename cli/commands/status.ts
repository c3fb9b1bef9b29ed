import type { Command } from 'commander';
import { type LinkStatus, readLinkStatus } from '../../adaptor/data/control/link-status.ts';
import { statusQuestions } from '../../configuration/status-questions.ts';
import { print } from '../output.ts';
import type { RunCommand } from '../run-command.ts';
import { statusText } from '../status-text.ts';

/** `tidegate status`: records, lag, last proven complete and last reverse message of each collection. */
export function addStatusCommand(program: Command, run: RunCommand): void {
  program
    .command('status')
    .description('how every collection stands')
    .option('--link <name>', 'the link, where there are several')
    .action(
      run(async (context, options: { link?: string }) => {
        const links =
          options.link === undefined
            ? context.config.links.map((link) => `${link.tenant}/${link.environment}/${link.link}`)
            : [context.link(options.link).name];
        const statuses: LinkStatus[] = [];
        for (const name of links) statuses.push(await readLinkStatus(context.pool, name, statusQuestions(context.link(name))));
        print(context.output, statuses, () => statuses.map((status) => statusText(status, new Date())).join('\n\n'));
        return statuses.every(isWell) ? 'done' : 'failed';
      }),
    );
}

/** A stopped link, or a collection that cannot go on, makes the command fail, so that a script notices. */
function isWell({ state, collections }: LinkStatus): boolean {
  return (
    state !== 'stopped' &&
    collections.every(
      (collection) => !['drifted', 'stopped'].includes(collection.state ?? '') && !['drifted', 'stopped'].includes(collection.reverseState ?? ''),
    )
  );
}
