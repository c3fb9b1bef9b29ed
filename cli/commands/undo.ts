import type { Command } from 'commander';
import { listUndoRefusals } from '../../adaptor/data/undo/undo-rows.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type DecisionOptions, decision } from '../decision.ts';
import { table } from '../output.ts';
import { releaseAndWait } from '../release-and-wait.ts';
import type { RunCommand } from '../run-command.ts';

/** `tidegate undo`: puts back what the records of a run were before it. */
export function addUndoCommand(program: Command, run: RunCommand): void {
  decision(program, 'undo <run>', 'put back what the records of a reverse run were before it, as a new run; by its id, or a workflow id')
    .option('--except-edited', 'undo the others where some records were edited since; else nothing is undone then')
    .action(
      run(async (context, id: string, options: DecisionOptions & { exceptEdited?: boolean }) => {
        const link = context.link(options.link).name;
        const tidegate = await context.tidegate();
        const order = { link, run: id, exceptEdited: options.exceptEdited === true, requestedBy: context.actor, reason: options.reason };
        const { undo, ...started } = await tidegate.undo(order);
        const refusals = () => listUndoRefusals(context.pool, link, undo);
        try {
          await releaseAndWait(context, tidegate, started, options.timeout, refusals);
        } catch (error) {
          if (!(error instanceof TidegateError) || error.code !== 'undo-refused') throw error;
          throw new TidegateError(error.code, `\n${refusalTable(await refusals())}`, {
            undo,
            refused: (await refusals()).map(({ collection, key, code: why }) => `${collection} ${key.join(', ')}: ${why}`),
          });
        }
      }),
    );
}

/** Records that an undo leaves alone, by their keys. */
export function refusalTable(refusals: Awaited<ReturnType<typeof listUndoRefusals>>): string {
  return table(
    ['collection', 'key', 'why'],
    refusals.map(({ collection, key, code }) => [collection, key.join(', '), code]),
  );
}
