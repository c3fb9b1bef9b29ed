import type { Command } from 'commander';
import { readOrderedRuns } from '../../adaptor/data/control/ordered-runs.ts';
import type { LinkConfig } from '../../configuration/config.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { checkCollections } from '../context.ts';
import { seconds } from '../number-option.ts';
import { print } from '../output.ts';
import { afterDoing } from '../partly.ts';
import { pulledText } from '../pull-text.ts';
import type { RunCommand } from '../run-command.ts';
import { runLink } from '../run-link.ts';
import { waitForRequest } from '../../adaptor/data/control/wait-for-request.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';

/** `tidegate sync` and `tidegate pull`: a user's request for forward, or for ordered reverse synchronisation. */
export function addSyncCommands(program: Command, run: RunCommand): void {
  const define = (name: 'sync' | 'pull', description: string) =>
    program
      .command(`${name} [collections...]`)
      .description(description)
      .option('--link <name>', 'the link, where there are several')
      .option('--key <key...>', 'only the records with these keys (of one collection)')
      .option('--reason <text>', 'why, for the log')
      .option('--no-wait', 'do not wait until it is done')
      .option('--timeout <seconds>', 'how long to wait', seconds, 120)
      .action(
        run(async (context, collections: string[], options: SyncOptions) => {
          const link = context.link(options.link);
          checkCollections(link, collections);
          const wanted = options.key === undefined ? { collections } : { records: selectedRecords(link, collections, options.key) };
          const tidegate = await context.tidegate();
          const order = {
            link: link.name,
            by: context.actor,
            ...wanted,
            ...(options.reason === undefined ? {} : { reason: options.reason }),
          };
          const { requestId } = name === 'sync' ? await tidegate.requestForward(order) : await tidegate.orderReverse(order);
          const waited = () => waitForRequest(context.pool, requestId, options.timeout * 1000);
          const finished = options.wait ? await afterDoing(`request ${requestId} is written down, and is served by itself`, waited) : undefined;
          const pulled = finished === undefined || name === 'sync' ? [] : await readOrderedRuns(context.pool, requestId);
          const runs = pulled.map((each) => ({ ...each, url: runLink(context, each.id) }));
          const words = finished === undefined ? 'ordered' : finished.state;
          print(
            context.output,
            {
              requestId,
              state: finished?.state ?? 'open',
              servedBy: finished?.servedBy ?? null,
              code: finished?.code ?? null,
              leftOut: finished?.leftOut ?? {},
              ...(name === 'pull' ? { runs } : {}),
            },
            () =>
              [
                `${name === 'sync' ? 'Sync' : 'Pull'} ${words}.`,
                ...(name === 'sync' && finished?.state === 'done' ? ['What waited is in the cloud, proved by its receipts.'] : []),
                ...(name === 'pull' && (finished?.state === 'done' || runs.length > 0) ? pulledText(runs) : []),
                ...(finished?.code ? [`${ERROR_CATALOGUE[finished.code].title} [${finished.code}]`] : []),
                ...Object.entries(finished?.leftOut ?? {}).map(([collection, code]) => `  not ${collection}: ${ERROR_CATALOGUE[code].title} [${code}]`),
              ].join('\n'),
          );
          return finished?.state === 'failed' ? 'failed' : 'done';
        }),
      );
  define('sync', 'send what changed in the CRM to the cloud now');
  define('pull', 'order cloud changes into the CRM now, and say what came in');
}

/** Records by their keys, which belong to the one collection that is named. Throws `bad-request`. */
function selectedRecords(link: LinkConfig, collections: readonly string[], keys: readonly string[]): readonly { collection: string; key: readonly string[] }[] {
  const [collection = '', ...others] = collections;
  if (collection === '' || others.length > 0)
    throw new TidegateError('bad-request', '--key belongs to one collection; name it before --key, which takes all that follows.');
  const fields = link.collections.find(({ name }) => name === collection)?.key ?? [];
  if (fields.length > 1)
    throw new TidegateError('bad-request', `Records of ${collection} have keys of ${fields.length} fields, which --key cannot say: leave it out.`);
  return keys.map((key) => ({ collection, key: [key] }));
}

interface SyncOptions {
  readonly link?: string;
  readonly key?: string[];
  readonly reason?: string;
  readonly wait: boolean;
  readonly timeout: number;
}
