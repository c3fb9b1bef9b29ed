import type { Command } from 'commander';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { ident, qualified } from '../../adaptor/data/quoting.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { runUrl, workflowIdOfRun } from '../../scheduler/ids.ts';
import { checkCollections } from '../context.ts';
import { print } from '../output.ts';
import type { RunCommand } from '../run-command.ts';

const STORY = `
  select op, fields, actor, run_id as "runId", message_id as "messageId", to_json(created_at) #>> '{}' as at
    from tidegate.ledger_entry where link = $1 and collection = $2 and key = $3 order by id desc limit 20`;

/** Where each side makes keys of its own, a record goes by the CRM's key and by that on the wire; the ledger knows the latter. */
const NAMES = `
  select local_key as local, wire_key as wire from tidegate.record_link
   where link = $1 and collection = $2 and (local_key = $3 or wire_key = $3) order by local_key = $3 desc limit 1`;

interface StoryRow {
  readonly op: string;
  readonly fields: readonly string[];
  readonly actor: string | null;
  readonly runId: string | null;
  readonly messageId: string;
  readonly at: string;
}

/** `tidegate record`: a record as the CRM has it, and which orders brought its values in. */
export function addRecordCommand(program: Command, run: RunCommand): void {
  program
    .command('record <collection> <key...>')
    .description('a record of the CRM, and which ordered runs brought values of it in')
    .option('--link <name>', 'the link, where there are several')
    .action(
      run(async (context, collection: string, key: string[], options: { link?: string }) => {
        const link = context.link(options.link);
        checkCollections(link, [collection]);
        const source = collectionSource(link.collections.find((c) => c.name === collection) ?? (link.collections[0] as never));
        const names =
          source.identity.kind === 'linked'
            ? await controlRow<{ local: string[]; wire: string[] }>(context.pool, NAMES, [link.name, collection, key])
            : undefined;
        const columnOf = (field: string) => ident(source.fields.find((f) => f.field === field)?.column ?? field);
        const { rows } = await context.pool.query<Record<string, string | null>>(
          `select ${source.fields.map((f) => `${ident(f.column)}::text as ${ident(f.field)}`).join(', ')} from ${qualified(source.schema, source.table)}
            where ${source.key.map((field, i) => `${columnOf(field)}::text = $${i + 1}`).join(' and ')}`,
          names?.local ?? key,
        );
        if (rows[0] === undefined) throw new TidegateError('record-not-found', undefined, { collection });
        const story = await controlRows<StoryRow>(context.pool, STORY, [link.name, collection, names?.wire ?? key]);
        const ui = context.settings.TIDEGATE_TEMPORAL_UI;
        const entries = story.map(({ runId, ...entry }) => ({
          ...entry,
          runId,
          url:
            ui === undefined || runId === null
              ? null
              : runUrl(ui, context.settings.TIDEGATE_TEMPORAL_NAMESPACE, workflowIdOfRun(runId), runId.slice(workflowIdOfRun(runId).length + 1)),
        }));
        print(context.output, { record: rows[0], entries }, () =>
          [
            ...Object.entries(rows[0] ?? {}).map(([field, value]) => `${field}: ${value ?? ''}`),
            '',
            ...(entries.length === 0
              ? ['Nothing of it came from the cloud.']
              : entries.map(
                  (e) =>
                    `${e.at} ${e.fields.join(', ')} from the cloud${e.actor === null ? '' : ` (${e.actor})`} by order ${e.messageId}\n  ${e.url ?? e.runId ?? ''}`,
                )),
          ].join('\n'),
        );
      }),
    );
}
