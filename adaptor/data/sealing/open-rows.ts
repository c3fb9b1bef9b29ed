import type { Pool } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import { type FaultDetailName, faultDetail } from '../../../exchange/fault-details.ts';
import { type ValueCipher, parseSealed } from '../../../exchange/sealed.ts';
import type { CollectionPlan } from '../plan.ts';
import { type RawRecord, csvRecords, decodeValue, encodeRecords, encodeValue } from '../csv-records.ts';
import { type StoredValue, type StoredValues, findValues, valueName } from './sealed-values.ts';
import { type SealingPlan, batchesOf, isTombstone, keyOf, sealingPlan } from './sealing-plan.ts';

/** What rows are opened with. */
export interface Opening {
  readonly pool: Pool;
  readonly plan: CollectionPlan;
  readonly cipher: ValueCipher | undefined;
  /** Last forward window that was receipted before the rows were asked for: what it holds, the cloud had by then. */
  readonly receiptedOrdinal: number;
}

/**
 * The rows of a reverse window at the CRM with their sealed fields opened, each row with four columns more (see stage.ts): the
 * sealed values as they came, and code, field and detail where one of them is not what the CRM sealed for it. Such a row is set
 * aside; its neighbours are not touched. Rows of a collection without sealed fields pass as they are.
 * Throws `sealed-key-missing`, where values that the CRM itself sealed can be opened no more.
 */
export function openRows(rows: AsyncIterable<Uint8Array>, opening: Opening): AsyncIterable<Uint8Array> {
  const places = sealingPlan(opening.plan);
  return places === undefined ? rows : opened(rows, places, opening);
}

async function* opened(rows: AsyncIterable<Uint8Array>, places: SealingPlan, opening: Opening): AsyncGenerator<Buffer> {
  const { cipher, plan, pool, receiptedOrdinal } = opening;
  if (cipher === undefined) throw new TidegateError('sealed-key-missing', undefined, { collection: plan.definition.name });
  for await (const records of csvRecords(rows)) {
    for (const batch of batchesOf(records)) {
      const keys = batch.map((record) => keyOf(places, record));
      const stored = await findValues(pool, plan, keys, receiptedOrdinal);
      await Promise.all(batch.map((record, i) => openRecord(record, keys[i] ?? [], { plan, places, cipher, stored })));
      yield encodeRecords(batch);
    }
  }
}

interface Known {
  readonly plan: CollectionPlan;
  readonly places: SealingPlan;
  readonly cipher: ValueCipher;
  readonly stored: StoredValues;
}

/** Opens a record in place, and appends what there is to say of its sealed fields. */
async function openRecord(record: RawRecord, key: readonly string[], known: Known): Promise<void> {
  const came: Record<string, string> = {};
  let fault: { readonly field: string; readonly detail: string } | undefined;
  for (const { field, place } of known.places.fields) {
    const token = isTombstone(record) ? null : decodeValue(record[place] ?? Buffer.alloc(0));
    if (token === null) continue;
    came[field] = token;
    const result = await openValue(token, key, field, known);
    // What is refused is not staged: only what came, as it came.
    record[place] = encodeValue(result.text);
    if (result.text === null) fault ??= { field, detail: result.detail };
  }
  const told = fault === undefined ? [null, null, null] : ['sealed-value-refused', fault.field, fault.detail];
  record.push(encodeValue(JSON.stringify(came)), ...told.map(encodeValue));
}

type Opened = { readonly text: string } | { readonly text: null; readonly detail: string };

async function openValue(token: string, key: readonly string[], field: string, { plan, cipher, stored }: Known): Promise<Opened> {
  const before = stored.get(valueName(key, field));
  const parts = parseSealed(token);
  if (parts === undefined) return refused('not-sealed');
  if (parts.version < (before?.leastVersion ?? 0)) return refused('sealed-older');
  try {
    return { text: await cipher.open(parts, { ...plan.link, collection: plan.definition.name, key, field }) };
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    // A key of the CRM's own that is missing is a fault here, not there.
    if (error.code === 'sealed-key-missing' && isOurs(before, parts.keyId)) throw error;
    return refused(error.code === 'sealed-key-missing' ? 'sealed-by-other' : 'sealed-altered');
  }
}

const isOurs = (before: StoredValue | undefined, keyId: string): boolean => before?.token != null && parseSealed(before.token)?.keyId === keyId;

const refused = (name: FaultDetailName): Opened => ({ text: null, detail: faultDetail(name) });
