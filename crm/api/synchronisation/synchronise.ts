import { z } from 'zod';
import { TidegateError } from '../../../exchange/errors.ts';
import { nameSchema } from '../../../exchange/names.ts';
import type { ActingUser } from '../../as-user.ts';
import { type ApiContext, type Endpoint, linksWith, type NamedLink, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';
import { wordsOf } from '../records/list-records.ts';
import { coveredCollections } from './covered-collections.ts';

/** Greatest number of records of one request row. */
const MAX_SELECTED = 1000;

/** Greatest number of records that a filter may select; more are better asked for as `all`. */
const MAX_MATCHING = 10_000;

const keySchema = z.union([
  z
    .string()
    .max(500)
    .transform((key) => [key]),
  z.array(z.string().max(500)).min(1).max(8),
]);

/** What is sent: records by key, all that a list selects, or everything. */
export const bodySchema = z
  .strictObject({
    collection: nameSchema.optional(),
    keys: z.array(keySchema).min(1).max(MAX_SELECTED).optional(),
    /** All records of the collection's list that a search and filters select. */
    matching: z.strictObject({ search: z.string().max(200).default(''), filters: z.record(z.string().max(63), z.string().max(200)).default({}) }).optional(),
    all: z.literal(true).optional(),
    link: z.string().max(200).optional(),
  })
  .refine(({ keys, matching, all }) => [keys, matching, all].filter((each) => each !== undefined).length === 1, 'name one of keys, matching and all')
  .refine(({ all, collection }) => all !== undefined || collection !== undefined, 'records belong to a collection');

/**
 * POST /api/synchronise {collection, keys}, {collection, matching: {search?, filters?}} or {collection?, all: true}: asks for
 * forward synchronisation, on every link that has the collection or on the one named; `all` covers what the user has selected
 * and the company switched on. Answers 202 with the ids of the requests and the number of records. Errors:
 * `collection-switched-off`, `too-large`.
 */
export const synchronise: Endpoint = (app, context) => {
  const { links, control } = context;
  app.post('/synchronise', async (request, reply) => {
    const user = requireUser(request, 'synchronise');
    const { collection, keys, matching, link: only } = parsePart(bodySchema, request.body);
    const named = collection === undefined ? [] : [collection];
    const wanted = linksWith(links, named, only);
    // Everything is checked before anything is asked for.
    const orders = await Promise.all(
      wanted.map(async (link) => ({ link: link.name, collections: await coveredCollections(context, { user, direction: 'forward', link, named }) })),
    );
    const selected = matching === undefined ? keys : await matchingKeys(context, wanted, collection ?? '', matching, user);
    const chunks = selected === undefined ? [undefined] : inChunks(selected);
    const requests: string[] = [];
    for (const { link, collections } of orders) {
      for (const chunk of chunks) {
        const records = chunk === undefined || collection === undefined ? {} : { records: chunk.map((key) => ({ collection, key })) };
        const { requestId } = await control.requestForward({ link, collections, ...records, by: user.email });
        requests.push(requestId);
      }
    }
    return reply.code(202).send({ requests, records: selected?.length ?? null });
  });
};

/** Keys of all records that the user's list shows with this search and these filters. */
async function matchingKeys(
  { stores }: Pick<ApiContext, 'stores'>,
  links: readonly NamedLink[],
  collection: string,
  { search, filters }: { readonly search: string; readonly filters: Readonly<Record<string, string>> },
  user: ActingUser,
): Promise<readonly string[][]> {
  const table = links.flatMap((link) => link.collections).find(({ name }) => name === collection)?.table;
  const store = Object.values(stores).find((each) => each.kind.table === table);
  if (store === undefined) throw new TidegateError('collection-unknown', 'The page has no list of it.', { collection });
  const checked = parsePart(store.kind.filters, filters) as Readonly<Record<string, string>>;
  const ids = await store.selectAll({ words: wordsOf(search), filters: checked }, MAX_MATCHING, user);
  if (ids.length > MAX_MATCHING) throw new TidegateError('too-large', `More than ${MAX_MATCHING} records are selected: narrow them, or send everything.`);
  return ids.map((id) => [id]);
}

function inChunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / MAX_SELECTED) }, (_, i) => items.slice(i * MAX_SELECTED, (i + 1) * MAX_SELECTED));
}
