import { Readable } from 'node:stream';
import type { Pool } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import { type ValueCipher, parseSealed } from '../../../exchange/sealed.ts';
import { ALL_FIELDS, WIRE_LIST_SEPARATOR, WIRE_META_COLUMNS } from '../../../exchange/wire-row.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { assertOpen } from '../state/epoch.ts';
import { type RawRecord, csvRecords, decodeValue, encodeRecords, encodeValue } from '../csv-records.ts';
import { type SentValue, type StoredValue, type StoredValues, findValues, keepValues, valueName } from './sealed-values.ts';
import { type SealingPlan, batchesOf, isTombstone, keyOf, sealingPlan } from './sealing-plan.ts';

/** What rows are sealed with, and for which window. */
export interface Sealing {
  readonly pool: Pool;
  readonly plan: CollectionPlan;
  readonly cipher: ValueCipher | undefined;
  readonly epoch: number;
  readonly ordinal: number;
}

/**
 * The rows of a forward window with their sealed fields as ciphertext. Rows of a collection without any pass as the stream that
 * they are. A value that was not changed since it was sealed goes as it went before, so that the cloud finds it unchanged; a
 * value is sealed anew where it was changed, or where another key is current. What goes out is remembered before it does.
 * Throws `sealed-key-missing`, `epoch-stale`, `link-stopped`.
 */
export function sealRows(rows: Readable, sealing: Sealing): Readable {
  const places = sealingPlan(sealing.plan);
  if (places === undefined) return rows;
  const { cipher } = sealing;
  if (cipher === undefined) throw new TidegateError('sealed-key-missing', undefined, { collection: sealing.plan.definition.name });
  return Readable.from(sealed(rows, places, { ...sealing, cipher }), { objectMode: false });
}

type Sealer = Sealing & { readonly cipher: ValueCipher };

async function* sealed(rows: Readable, places: SealingPlan, sealer: Sealer): AsyncGenerator<Buffer> {
  const keyId = await sealer.cipher.currentKeyId();
  for await (const records of csvRecords(rows)) for (const batch of batchesOf(records)) yield await sealBatch(batch, places, sealer, keyId);
}

async function sealBatch(records: readonly RawRecord[], places: SealingPlan, sealer: Sealer, keyId: string): Promise<Buffer> {
  const { pool, plan, ordinal, epoch } = sealer;
  const keys = records.map((record) => keyOf(places, record));
  const stored = await findValues(pool, plan, keys);
  const sent = await Promise.all(records.map((record, i) => sealRecord(record, keys[i] ?? [], { places, sealer, keyId, stored })));
  const news = sent.flat();
  if (news.length > 0) {
    await inTransaction(pool, async (client) => {
      await assertOpen(client, { link: plan.linkName, epoch });
      await keepValues(client, plan, news, ordinal);
    });
  }
  return encodeRecords(records);
}

interface Known {
  readonly places: SealingPlan;
  readonly sealer: Sealer;
  readonly keyId: string;
  readonly stored: StoredValues;
}

/** Seals a record in place; gives what has to be remembered of it. */
async function sealRecord(record: RawRecord, key: readonly string[], { places, sealer, keyId, stored }: Known): Promise<readonly SentValue[]> {
  const news: SentValue[] = [];
  const changed = changedFields(record);
  for (const { field, place } of places.fields) {
    const before = stored.get(valueName(key, field));
    // What the row does not change the cloud does not take, so it is not sealed anew: it goes as the cloud has it.
    if (before?.confirmed === true && !before.gone && changed !== undefined && !changed.has(field)) {
      record[place] = encodeValue(before.token);
      continue;
    }
    const text = decodeValue(record[place] ?? Buffer.alloc(0));
    const value = isTombstone(record) ? goneValue(before) : await valueFor(text, { key, field, before, sealer, keyId });
    if (value === undefined) continue;
    const isSame = before !== undefined && value.version === before.version && value.token === before.token && value.gone === before.gone;
    // Until it is known that the cloud has a value, every window that carries it counts.
    if (!isSame || (!before.confirmed && before.ordinal !== sealer.ordinal)) news.push({ key, field, ...value });
    if (!isTombstone(record)) record[place] = encodeValue(value.token);
  }
  return news;
}

/** Names of the fields that a row changes; undefined where it is new or gone. */
function changedFields(record: RawRecord): ReadonlySet<string> | undefined {
  const changed = decodeValue(record[WIRE_META_COLUMNS.indexOf('changed')] ?? Buffer.alloc(0)) ?? ALL_FIELDS;
  return changed === ALL_FIELDS ? undefined : new Set(changed.split(WIRE_LIST_SEPARATOR));
}

type ValueState = Pick<SentValue, 'version' | 'token' | 'keyId' | 'gone'>;

/** The value of a record that is deleted is remembered: should the record come back, it comes back with it. */
function goneValue(before: StoredValue | undefined): ValueState | undefined {
  return before && { version: before.version, token: before.token, keyId: keyIdOf(before.token), gone: true };
}

async function valueFor(
  text: string | null,
  { key, field, before, sealer, keyId }: { key: readonly string[]; field: string; before: StoredValue | undefined; sealer: Sealer; keyId: string },
): Promise<ValueState | undefined> {
  const { plan, cipher } = sealer;
  const version = (before?.version ?? 0) + 1;
  if (text === null) {
    if (before === undefined) return undefined;
    return before.token === null ? { version: before.version, token: null, keyId: null, gone: false } : { version, token: null, keyId: null, gone: false };
  }
  const place = { ...plan.link, collection: plan.definition.name, key, field };
  if (before !== undefined && (await isStill(text, before, keyId, cipher, place))) return { version: before.version, token: before.token, keyId, gone: false };
  const token = await cipher.seal(text, { ...place, version });
  // Another key may have become current since the window began.
  return { version, token, keyId: keyIdOf(token), gone: false };
}

/** Whether a sealed value holds just this text, under the current key. */
async function isStill(text: string, { token }: StoredValue, keyId: string, cipher: ValueCipher, place: Parameters<ValueCipher['open']>[1]): Promise<boolean> {
  const parts = token === null ? undefined : parseSealed(token);
  return parts?.keyId === keyId && (await cipher.open(parts, place).catch(() => undefined)) === text;
}

const keyIdOf = (token: string | null): string | null => (token === null ? null : (parseSealed(token)?.keyId ?? null));
