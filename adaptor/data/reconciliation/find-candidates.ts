import type { PoolClient } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import { type AskCloud, BUCKETS_PER_PARENT, MAX_LISTED, MAX_PARENTS } from '../../../exchange/reconciliation.ts';
import { type BucketSums, type ListedRecord, decodeSums, listBuckets, sumBuckets } from './buckets.ts';
import type { Canonical } from './canonical-records.ts';

/** What the two stores hold, and the keys of records that looked different when each was read. */
export interface Candidates {
  readonly crmRecords: number;
  readonly cloudRecords: number;
  readonly keys: readonly (readonly string[])[];
  /** Whether there were more than were asked for. */
  readonly truncated: boolean;
}

/** Buckets of so few records are listed at once: another round of sums would cost a pass over both tables. */
const SMALL_BUCKET = 64;

/** A list is asked for in parts that this side counts to so many records: the cloud may hold more. */
const LIST_PART = MAX_LISTED / 2;

/** Numbers of buckets in which two sides differ, with the records of this side in each. */
interface Bucket {
  readonly number: number;
  readonly records: number;
}

/**
 * Compares a collection with the cloud's: by sums of 256 buckets, by those of 256 buckets in each that differs, and by the
 * hashes of the records in what is left. Reads both tables at moments of their own: what it finds is to be looked at again.
 */
export async function findCandidates(client: PoolClient, canonical: Canonical, ask: AskCloud, maxKeys: number): Promise<Candidates> {
  const top = await differingBuckets(client, canonical, ask, 0, [0]);
  const { crmRecords, cloudRecords } = top;
  const deep = Math.max(crmRecords, cloudRecords) / BUCKETS_PER_PARENT > SMALL_BUCKET;
  const depth = deep ? 2 : 1;
  const found: (readonly string[])[] = [];
  const told = (truncated: boolean): Candidates => ({ crmRecords, cloudRecords, keys: found.slice(0, maxKeys), truncated });
  for (const parents of deep ? chunks(top.buckets, MAX_PARENTS) : [top.buckets]) {
    const buckets = deep
      ? (
          await differingBuckets(
            client,
            canonical,
            ask,
            1,
            parents.map(({ number }) => number),
          )
        ).buckets
      : parents;
    for (const part of parts(buckets)) {
      if (found.length >= maxKeys) return told(true);
      found.push(...(await differingKeys(client, canonical, ask, depth, part)));
    }
  }
  return told(found.length > maxKeys);
}

async function differingBuckets(client: PoolClient, canonical: Canonical, ask: AskCloud, depth: number, parents: readonly number[]) {
  const { hash, fields } = canonical;
  const [own, answer] = await Promise.all([
    sumBuckets(client, canonical, depth, parents),
    ask({ step: 'sums', hash, fields: [...fields], depth, parents: [...parents] }),
  ]);
  const theirs = decodeSums(answer.sums, parents.length * BUCKETS_PER_PARENT);
  return { crmRecords: own.records, cloudRecords: answer.records, buckets: unequal(own, theirs, parents) };
}

function unequal({ sums, counts }: BucketSums, theirs: BigUint64Array, parents: readonly number[]): readonly Bucket[] {
  const buckets: Bucket[] = [];
  for (const [place, sum] of sums.entries()) {
    const parent = parents[Math.floor(place / BUCKETS_PER_PARENT)] ?? 0;
    if (sum !== theirs[place]) buckets.push({ number: parent * BUCKETS_PER_PARENT + (place % BUCKETS_PER_PARENT), records: counts[place] ?? 0 });
  }
  return buckets;
}

/** Keys of records that only one side has, or both with other hashes. A list that is too large for an answer is asked for in halves. */
async function differingKeys(
  client: PoolClient,
  canonical: Canonical,
  ask: AskCloud,
  depth: number,
  buckets: readonly number[],
): Promise<readonly (readonly string[])[]> {
  const { hash, fields } = canonical;
  try {
    const [own, answer] = await Promise.all([
      listBuckets(client, canonical, depth, buckets),
      ask({ step: 'list', hash, fields: [...fields], depth, buckets: [...buckets] }),
    ]);
    return unlike(own, answer.records);
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'too-large' || buckets.length < 2) throw error;
    const half = Math.ceil(buckets.length / 2);
    const halves = [buckets.slice(0, half), buckets.slice(half)];
    const found: (readonly string[])[] = [];
    for (const part of halves) found.push(...(await differingKeys(client, canonical, ask, depth, part)));
    return found;
  }
}

function unlike(own: readonly ListedRecord[], theirs: readonly ListedRecord[]): readonly (readonly string[])[] {
  const left = new Map(theirs.map(({ key, hash }) => [JSON.stringify(key), { key, hash }]));
  const keys: (readonly string[])[] = [];
  for (const { key, hash } of own) {
    const name = JSON.stringify(key);
    if (left.get(name)?.hash !== hash) keys.push(key);
    left.delete(name);
  }
  return [...keys, ...[...left.values()].map(({ key }) => key)];
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Buckets together up to a number of records. */
function parts(buckets: readonly Bucket[]): readonly (readonly number[])[] {
  const all: number[][] = [];
  let records = Number.POSITIVE_INFINITY;
  for (const bucket of buckets) {
    if (records + bucket.records > LIST_PART) {
      all.push([]);
      records = 0;
    }
    all.at(-1)?.push(bucket.number);
    // An empty bucket here may hold some there.
    records += bucket.records + 1;
  }
  return all;
}
