import type { Command } from 'commander';
import { explainRecord } from '../../adaptor/data/ledger/explain-record.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { collectionOfRecord } from '../context.ts';
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
        const explained = await explainRecord(context.pool, link.name, collectionSource(collectionOfRecord(link, collection, key)), key);
        const withUrls = { ...explained, story: explained.story.map((event) => ({ ...event, url: runLink(context, event.runId) })) };
        print(context.output, withUrls, () => explanationText(explained, (runId) => runLink(context, runId)));
      }),
    );
}
