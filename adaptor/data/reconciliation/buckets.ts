import { BUCKETS_PER_PARENT, MAX_LISTED } from '../../../exchange/reconciliation.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { type Canonical, hashedRecords } from './canonical-records.ts';

/** Greatest size of a list in characters: its signed form has to fit into one answer. */
const MAX_LIST_CHARACTERS = 700_000;

/** Sums below some parents. */
export interface BucketSums {
  /** Records below all of them. */
  readonly records: number;
  /** Hash of each bucket, parent by parent. */
  readonly sums: BigUint64Array;
  /** Records of each bucket. */
  readonly counts: Uint32Array;
}

/** A record with its hash (hexadecimal). */
export interface ListedRecord {
  readonly key: readonly string[];
  readonly hash: string;
}

/** The bucket of a record at a depth, as SQL int4. */
const bucketAt = (depth: number): string => `((place >> ${64 - 8 * depth}) & ${256 ** depth - 1})::int4`;

/** Condition on records of the given buckets of a depth; none at depth 0. */
const within = (depth: number, buckets: readonly number[]): string => (depth === 0 ? '' : ` WHERE ${bucketAt(depth)} IN (${buckets.map(Number).join(', ')})`);

/** The exclusive or of the hashes of all records of each bucket below the given parents of a depth. */
export async function sumBuckets(client: Queryable, canonical: Canonical, depth: number, parents: readonly number[]): Promise<BucketSums> {
  const rows = await controlRows<{ bucket: number; records: number; sum: string }>(
    client,
    `SELECT ${bucketAt(depth + 1)} AS bucket, count(*) AS records, bit_xor(hash)::text AS sum
       FROM (${hashedRecords(canonical)}) r${within(depth, parents)} GROUP BY 1`,
  );
  const sums = new BigUint64Array(parents.length * BUCKETS_PER_PARENT);
  const counts = new Uint32Array(sums.length);
  const places = new Map(parents.map((parent, i) => [parent, i]));
  let records = 0;
  for (const row of rows) {
    const place = (places.get(row.bucket >> 8) ?? 0) * BUCKETS_PER_PARENT + (row.bucket & 0xff);
    sums[place] = BigInt.asUintN(64, BigInt(row.sum));
    counts[place] = row.records;
    records += row.records;
  }
  return { records, sums, counts };
}

/** The records of the given buckets of a depth. Throws `too-large` where they are more than one answer holds. */
export async function listBuckets(client: Queryable, canonical: Canonical, depth: number, buckets: readonly number[]): Promise<readonly ListedRecord[]> {
  const rows = await controlRows<ListedRecord>(
    client,
    `SELECT key, to_hex(hash) AS hash FROM (${hashedRecords(canonical)}) r${within(depth, buckets)} LIMIT ${MAX_LISTED + 1}`,
  );
  const characters = rows.reduce((sum, { key, hash }) => sum + key.reduce((all, part) => all + part.length + 3, hash.length + 24), 0);
  if (rows.length > MAX_LISTED || characters > MAX_LIST_CHARACTERS)
    throw new TidegateError('too-large', 'The buckets hold too many records.', { buckets: buckets.length });
  return rows;
}

/** Sums as they travel: 8 bytes a bucket, big-endian, base64url. */
export function encodeSums(sums: BigUint64Array): string {
  const bytes = Buffer.alloc(sums.length * 8);
  sums.forEach((sum, i) => bytes.writeBigUInt64BE(sum, i * 8));
  return bytes.toString('base64url');
}

/** Reads them. Throws `batch-refused` where they are not as many as were asked for. */
export function decodeSums(text: string, length: number): BigUint64Array {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== length * 8) throw new TidegateError('batch-refused', 'The sums are not as many as were asked for.');
  return BigUint64Array.from({ length }, (_, i) => bytes.readBigUInt64BE(i * 8));
}
