import { type Command, Option } from 'commander';
import type { Pool } from 'pg';
import { listReconciliations, readDifferences, type Reconciliation } from '../../adaptor/data/control/reconciliations.ts';
import { waitForReconciliation } from '../../adaptor/data/control/wait-for-reconciliation.ts';
import { waitForRequest } from '../../adaptor/data/control/wait-for-request.ts';
import { checkCollections } from '../context.ts';
import { seconds } from '../number-option.ts';
import { print } from '../output.ts';
import { afterDoing } from '../partly.ts';
import { reconciliationText, type ShownReconciliation } from '../reconciliation-text.ts';
import type { RunCommand } from '../run-command.ts';

/** `tidegate reconcile`: compares the stores, names what differs, and has it repaired. */
export function addReconcileCommand(program: Command, run: RunCommand): void {
  program
    .command('reconcile [collections...]')
    .description('compare both stores by hashes, name every record that differs, and repair it on request')
    .option('--repair', 'queue what puts the stores right, and wait until ordinary runs have done it')
    .option('--delete', 'approve that extra records whose keys were once receipted are deleted at the cloud, within the budget (with --reason)')
    .addOption(new Option('--list', 'only show what the last comparison found').conflicts(['repair', 'delete']))
    .option('--reason <text>', 'why, for the log')
    .option('--link <name>', 'the link, where there are several')
    .option('--timeout <seconds>', 'how long to wait', seconds, 600)
    .action(
      run(async (context, collections: string[], options: ReconcileOptions) => {
        const link = context.link(options.link);
        checkCollections(link, collections);
        const names = collections.length === 0 ? link.collections.map(({ name }) => name) : collections;
        if (options.list === true) {
          const last = (await listReconciliations(context.pool, link.name)).filter(({ collection }) => names.includes(collection));
          const shown = await withDifferences(context.pool, last);
          print(context.output, { reconciliations: shown }, () => reconciliationText(shown));
          return 'done';
        }
        const timeoutMs = options.timeout * 1000;
        const tidegate = await context.tidegate();
        const order = { link: link.name, collections: names, repair: options.repair === true, deleteReceipted: options.delete === true };
        const { requestId } = await tidegate.reconcile({ ...order, by: context.actor, reason: options.reason });
        const finished = await afterDoing(`request ${requestId} is written down, and is served by itself`, async () => {
          const compared = await waitForReconciliation(context.pool, link.name, requestId, timeoutMs);
          for (const request of compared.flatMap(({ forwardRequest, reverseRequest }) => [forwardRequest, reverseRequest]))
            if (request !== null) await waitForRequest(context.pool, request, timeoutMs);
          return compared;
        });
        const shown = await withDifferences(context.pool, finished);
        print(context.output, { requestId, reconciliations: shown }, () => reconciliationText(shown));
        return finished.some(isOpenFault) ? 'failed' : 'done';
      }),
    );
}

/** What the exit code tells: a comparison that failed, or differences whose repair was not queued. */
function isOpenFault({ state, differences, repaired }: Reconciliation): boolean {
  return state === 'failed' || (differences ?? 0) > (repaired ?? 0);
}

async function withDifferences(pool: Pool, rows: readonly Reconciliation[]): Promise<readonly ShownReconciliation[]> {
  const shown: ShownReconciliation[] = [];
  for (const row of rows) shown.push({ ...row, found: await readDifferences(pool, row.id) });
  return shown;
}

interface ReconcileOptions {
  readonly repair?: boolean;
  readonly delete?: boolean;
  readonly list?: boolean;
  readonly reason?: string;
  readonly link?: string;
  readonly timeout: number;
}
