import type { Command } from 'commander';
import { explainRecord } from '../../adaptor/data/ledger/explain-record.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { explanationText } from '../explanation-text.ts';
import { print } from '../output.ts';
import type { RunCommand } from '../run-command.ts';
import { runLink } from '../run-link.ts';

/** `tidegate explain`: a record's whole story, and why it is not synchronised where it is not. */
export function addExplainCommand(program: Command, run: RunCommand): void {
  program
    .command('explain <collection> <key...>')
    .description('the whole story of a record: where each value comes from, and why it is not synchronised')
    .option('--link <name>', 'the link, where there are several')
    .action(
      run(async (context, collection: string, key: string[], options: { link?: string }) => {
        const link = context.link(options.link);
        const config = link.collections.find(({ name }) => name === collection);
        if (config === undefined)
          throw new TidegateError(
            'collection-unknown',
            `"${collection}" is not synchronised: it is none of ${link.collections.map((c) => c.name).join(', ')}.`,
            {
              collection,
            },
          );
        const explained = await explainRecord(context.pool, link.name, collectionSource(config), key);
        const withUrls = { ...explained, story: explained.story.map((event) => ({ ...event, url: runLink(context, event.runId) })) };
        print(context.output, withUrls, () => explanationText(explained, (runId) => runLink(context, runId)));
      }),
    );
}
