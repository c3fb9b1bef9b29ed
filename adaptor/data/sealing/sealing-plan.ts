import { sealedFields } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { WIRE_META_COLUMNS, wireColumns } from '../../../exchange/wire-row.ts';
import type { CollectionPlan } from '../plan.ts';
import { type RawRecord, decodeValue } from '../csv-records.ts';

/** Where in a wire row the key and the sealed fields stand. */
export interface SealingPlan {
  readonly columns: number;
  readonly key: readonly number[];
  readonly fields: readonly { readonly field: string; readonly place: number }[];
}

/** The places of a collection; undefined where nothing is sealed, and rows pass as they are. */
export function sealingPlan({ definition }: Pick<CollectionPlan, 'definition'>): SealingPlan | undefined {
  const sealed = sealedFields(definition);
  if (sealed.length === 0) return undefined;
  const columns = wireColumns(definition);
  const place = (name: string): number => columns.indexOf(name, WIRE_META_COLUMNS.length);
  return { columns: columns.length, key: definition.key.map(place), fields: sealed.map((field) => ({ field, place: place(field) })) };
}

/** The key of a row on the wire. Throws `batch-refused` where the row has not the columns of its collection. */
export function keyOf({ columns, key }: SealingPlan, record: RawRecord): readonly string[] {
  if (record.length !== columns) throw new TidegateError('batch-refused', 'Its rows cannot be read.');
  return key.map((place) => decodeValue(record[place] ?? Buffer.alloc(0)) ?? '');
}

/** Whether a row is a tombstone: it has no values. */
export const isTombstone = (record: RawRecord): boolean => decodeValue(record[0] ?? Buffer.alloc(0)) === 'D';

/** Rows that are looked up, sealed and written together. */
export const SEALING_BATCH = 500;

/** Records cut into batches. */
export function batchesOf<T>(records: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(records.length / SEALING_BATCH) }, (_, i) => records.slice(i * SEALING_BATCH, (i + 1) * SEALING_BATCH));
}
