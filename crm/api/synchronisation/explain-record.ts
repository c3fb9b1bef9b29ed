import { z } from 'zod';
import { explainRecord, type RecordExplanation } from '../../../adaptor/data/ledger/explain-record.ts';
import { collectionSource } from '../../../configuration/collection-source.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { runUrl, workflowIdOfRun } from '../../../scheduler/ids.ts';
import { recordGate, type RecordGate, withoutHidden } from '../../records/record-gate.ts';
import { namedCollections } from '../../status/named-collection.ts';
import { type ApiContext, type Endpoint, linksWith, requireUser } from '../context.ts';
import { parsePart, repeated } from '../parse.ts';

const MAX_KEY_PARTS = 16;
/** Which record is explained. */
export const querySchema = z.strictObject({
  collection: z.string().max(63),
  /** The key's parts in order, in the CRM's form or that of the wire. */
  key: repeated(z.string().max(1000), MAX_KEY_PARTS),
  link: z.string().max(300).optional(),
});

/**
 * GET /api/record-story?collection&key&link: a record's whole story on every link that has the collection, where each value comes
 * from, and why it is not synchronised; as far as the user may see the record and its fields. Errors: `collection-unknown`,
 * `record-not-found`.
 */
export const explainRecordEndpoint: Endpoint = (app, { database: { crm, pool }, links, temporalUi }) => {
  const collections = namedCollections(links);
  app.get('/record-story', async (request) => {
    const user = requireUser(request, 'read');
    const { collection, key, link: only } = parsePart(querySchema, request.query);
    const found = await Promise.all(
      linksWith(links, [collection], only).map(async ({ name, collections: configs }): Promise<LinkedExplanation> => {
        const config = configs.find((each) => each.name === collection);
        const named = collections.find((each) => each.link === name && each.collection === collection);
        if (config === undefined || named === undefined) throw new TidegateError('collection-unknown', undefined, { collection });
        const explained = await explainRecord(pool, name, collectionSource(config), key);
        const gate = await recordGate(crm, user, named);
        await gate.require(explained.key);
        const fields = explained.fields.filter(({ field }) => !gate.hides(field));
        const story = explained.story.map((event) => asShown(gate, event));
        return { ...explained, fields: withRuns(fields, temporalUi), story: withRuns(story, temporalUi) };
      }),
    );
    return { links: found };
  });
};

/** An event without values of hidden fields. Those of a conflict go by side, not by field. */
function asShown<Event extends RecordExplanation['story'][number]>(gate: RecordGate, event: Event): Event {
  const { kind, fields, before, after } = event;
  const isConflict = kind === 'conflict' && (fields === null || fields.length === 0 ? gate.hides(null) : fields.some((field) => gate.hides(field)));
  const shown = (values: Event['before']): Event['before'] => (values === null || isConflict ? null : withoutHidden(gate, values));
  return { ...event, fields: fields?.filter((field) => !gate.hides(field)) ?? null, before: shown(before), after: shown(after) };
}

/** A record's explanation, each event and each value with the address of its run in Temporal's own page. */
export type LinkedExplanation = Omit<RecordExplanation, 'fields' | 'story'> & {
  readonly fields: readonly (RecordExplanation['fields'][number] & Linked)[];
  readonly story: readonly (RecordExplanation['story'][number] & Linked)[];
};
interface Linked {
  readonly url: string | null;
}

function withRuns<Told extends { readonly runId: string | null }>(told: readonly Told[], ui: ApiContext['temporalUi']): readonly (Told & Linked)[] {
  return told.map((each) => ({ ...each, url: urlOf(ui, each.runId) }));
}

function urlOf(ui: ApiContext['temporalUi'], runId: string | null): string | null {
  if (ui === undefined || runId === null) return null;
  const workflowId = workflowIdOfRun(runId);
  return runUrl(ui.url, ui.namespace, workflowId, runId.slice(workflowId.length + 1));
}
