import { z } from 'zod';
import { explainRecord, type RecordExplanation } from '../../../adaptor/data/ledger/explain-record.ts';
import { collectionSource } from '../../../configuration/collection-source.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { runUrl, workflowIdOfRun } from '../../../scheduler/ids.ts';
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
 * from, and why it is not synchronised. For whoever may read records: the page's role sees of it what it sees of them.
 */
export const explainRecordEndpoint: Endpoint = (app, { database: { pool }, links, temporalUi }) => {
  app.get('/record-story', async (request) => {
    requireUser(request, 'read');
    const { collection, key, link: only } = parsePart(querySchema, request.query);
    const found = await Promise.all(
      linksWith(links, [collection], only).map(async ({ name, collections }): Promise<LinkedExplanation> => {
        const config = collections.find((each) => each.name === collection);
        if (config === undefined) throw new TidegateError('collection-unknown', undefined, { collection });
        const explained = await explainRecord(pool, name, collectionSource(config), key);
        return { ...explained, fields: withRuns(explained.fields, temporalUi), story: withRuns(explained.story, temporalUi) };
      }),
    );
    return { links: found };
  });
};

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
