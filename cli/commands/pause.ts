import type { Command } from 'commander';
import { TidegateError } from '../../exchange/errors.ts';
import { print } from '../output.ts';
import type { RunCommand } from '../run-command.ts';

/** `tidegate pause` and `tidegate resume`. */
export function addPauseCommands(program: Command, run: RunCommand): void {
  program
    .command('pause')
    .description('stop the flow of a link in both directions')
    .requiredOption('--reason <text>', 'why; everybody sees it')
    .option('--link <name>', 'the link, where there are several')
    .action(
      run(async (context, options: { reason: string; link?: string }) => {
        const link = context.link(options.link);
        await (await context.tidegate()).pause(link.name, { reason: options.reason, by: context.actor });
        print(context.output, { link: link.name, state: 'paused', reason: options.reason }, () => `${link.name} is paused: ${options.reason}`);
      }),
    );
  program
    .command('resume')
    .description('let a paused or stopped link go on')
    .option('--link <name>', 'the link, where there are several')
    .option('--reload', 'approve a new initial load: the only way on after a store was restored or replaced')
    .option('--reason <text>', 'why a new load is right; needed with --reload')
    .action(
      run(async (context, options: { link?: string; reload?: boolean; reason?: string }) => {
        const link = context.link(options.link);
        if (options.reload === true && options.reason === undefined) throw new TidegateError('bad-request', 'A new load is approved with --reason.');
        const reload = options.reload === true ? { reload: { approvedBy: context.actor, reason: options.reason ?? '' } } : {};
        const { workflowId } = await (await context.tidegate()).resume(link.name, { by: context.actor, ...reload });
        print(context.output, { link: link.name, state: 'open', workflowId }, () => `${link.name} goes on: ${workflowId}`);
      }),
    );
}
