import { TidegateError } from '../../../exchange/errors.ts';
import type { CollectionSource } from '../describe-collection.ts';
import type { Queryable } from '../pool.ts';
import { ident, qualified } from '../quoting.ts';
import { type Hindrance, readHindrances } from './hindrances.ts';
import { recordNames } from './record-names.ts';
import { type StoryEvent, type TextValues, readStory } from './record-story.ts';
import { type ValueOrigin, valueOrigins } from './value-origins.ts';

/** A record's whole story. */
export interface RecordExplanation {
  readonly link: string;
  readonly collection: string;
  /** Key in the CRM's table, and on the wire. */
  readonly key: readonly string[];
  readonly wireKey: readonly string[];
  /** Whether the CRM has it now; whether it is in the collection (meets its filter), null where it is not there. */
  readonly present: boolean;
  readonly inScope: boolean | null;
  /** Whether nothing keeps it from being the same on both sides. What the cloud changed since the last order is not known here. */
  readonly synchronised: boolean;
  readonly hindrances: readonly Hindrance[];
  /** Of each field, where its value comes from. */
  readonly fields: readonly ValueOrigin[];
  /** In the order of time. */
  readonly story: readonly StoryEvent[];
}

/**
 * Explains a record of a collection, by its key at either side: what happened to it, where each value comes from, and why it is
 * not synchronised where it is not. The client's role has to be one that may read the collection. Throws `record-not-found` where
 * there is neither such a record nor any trace of one, `bad-request` where the key has another number of parts.
 */
export async function explainRecord(client: Queryable, link: string, source: CollectionSource, key: readonly string[]): Promise<RecordExplanation> {
  if (key.length !== source.key.length)
    throw new TidegateError('bad-request', `The key of ${source.name} has ${source.key.length} part(s): ${source.key.join(', ')}.`, {
      collection: source.name,
    });
  const names = await recordNames(client, link, source, key);
  const record = await readRecord(client, source, names.local);
  const story = await readStory(client, link, source, names);
  if (record === undefined && story.length === 0) throw new TidegateError('record-not-found', undefined, { collection: source.name });
  // A load alone is no trace of a record that is not there.
  if (record === undefined && story.every(({ kind }) => kind === 'sent')) throw new TidegateError('record-not-found', undefined, { collection: source.name });
  const inScope = record === undefined ? null : record.inside;
  const hindrances = await readHindrances(client, link, source, names, inScope);
  return {
    link,
    collection: source.name,
    key: names.local,
    wireKey: names.wire,
    present: record !== undefined,
    inScope,
    synchronised: hindrances.length === 0,
    hindrances,
    fields: record === undefined ? [] : valueOrigins(record.values, story),
    story,
  };
}

/** A record's values by field, as text, and whether it meets the collection's filter. */
async function readRecord(
  client: Queryable,
  { schema, table, fields, key, filter }: CollectionSource,
  local: readonly string[],
): Promise<{ readonly values: TextValues; readonly inside: boolean } | undefined> {
  const columnOf = (field: string): string => ident(fields.find((f) => f.field === field)?.column ?? field);
  const { rows } = await client.query(
    `select ${fields.map(({ column }, i) => `${ident(column)}::text as f${i}`).join(', ')}, coalesce((${filter?.sql ?? 'true'}), false)::text as inside
       from ${qualified(schema, table)} where ${key.map((field, i) => `${columnOf(field)}::text = $${i + 1}`).join(' and ')}`,
    [...local],
  );
  const row = rows[0] as Readonly<Record<string, string | null>> | undefined;
  if (row === undefined) return undefined;
  return { values: Object.fromEntries(fields.map(({ field }, i) => [field, row[`f${i}`] ?? null])), inside: row['inside'] === 'true' };
}
