import type { Command } from 'commander';
import { type Approval, listApprovals } from '../../adaptor/data/control/approvals.ts';
import { parseId } from '../decision.ts';
import { print, table } from '../output.ts';
import type { RunCommand } from '../run-command.ts';

/** `tidegate approvals | approve | reject`: what waits for a user: more than a budget allows, a load, a truncated table. */
export function addApprovalCommands(program: Command, run: RunCommand): void {
  program
    .command('approvals')
    .description('what waits for a decision: more than its budget allows, a load, a truncated table')
    .option('--link <name>', 'the link, where there are several')
    .option('--all', 'also what was decided')
    .action(
      run(async (context, options: { link?: string; all?: boolean }) => {
        const approvals = await listApprovals(context.pool, context.link(options.link).name, options.all === true ? 'all' : 'waiting');
        print(context.output, { approvals }, () => approvalTable(approvals));
      }),
    );
  const define = (name: 'approve' | 'reject', description: string) =>
    program
      .command(`${name} <breach>`)
      .description(description)
      .requiredOption('--reason <text>', 'why; it stands in the log')
      .option('--link <name>', 'the link, where there are several')
      .action(
        run(async (context, breach: string, options: { reason: string; link?: string }) => {
          const tidegate = await context.tidegate();
          const decided = await tidegate.decideBreach({
            link: context.link(options.link).name,
            breach: /^\d+$/.test(breach) ? parseId(breach) : breach,
            approved: name === 'approve',
            by: context.actor,
            reason: options.reason,
          });
          const { collection, direction, changes, deletes } = decided;
          const words = name === 'approve' ? `goes on, once, with up to ${changes} records and ${deletes} deletes` : 'stays stopped; nothing was changed';
          print(context.output, decided, () => `${collection}, ${direction}: ${words}.`);
        }),
      );
  define('approve', 'let through, once, what is not greater than what was shown; by its number, or the run that met it');
  define('reject', 'leave both stores as they are');
}

function approvalTable(approvals: readonly Approval[]): string {
  if (approvals.length === 0) return 'Nothing waits for approval.';
  const limit = (n: number | null) => (n === null ? '-' : String(n));
  const rows = approvals.map((a) => [
    String(a.id),
    a.kind,
    a.collection,
    a.direction,
    `${a.changes} of ${limit(a.changeBudget)}`,
    `${a.deletes} of ${a.deleteBudget}`,
    a.used ? 'used' : a.state,
    a.decidedBy ?? '',
    a.createdAt.toISOString(),
    a.runId ?? '',
  ]);
  return table(['id', 'kind', 'collection', 'direction', 'records', 'deletes', 'state', 'by', 'since', 'run'], rows);
}
