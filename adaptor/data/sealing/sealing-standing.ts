import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { confirmedSql } from './sealed-values.ts';

/** How many sealed values of a collection are under a key. */
export interface SealedCount {
  readonly link: string;
  readonly collection: string;
  /** Null: values that were emptied, of which the cloud is not known to know. */
  readonly keyId: string | null;
  /** Values that the cloud is known to have. */
  readonly atCloud: number;
  /** Values that are sent, or were set aside there: until they are taken, the cloud may have the one before. */
  readonly underWay: number;
}

// What is gone and confirmed is not at the cloud any more.
const COUNTS = `
  SELECT s.link, s.collection, s.key_id AS "keyId", count(*) FILTER (WHERE f.confirmed) AS "atCloud", count(*) FILTER (WHERE NOT f.confirmed) AS "underWay"
    FROM tidegate.sealed_value s CROSS JOIN LATERAL (SELECT ${confirmedSql()} AS confirmed) f
   WHERE ($1::text[] IS NULL OR s.link = ANY ($1)) AND NOT (f.confirmed AND (s.gone OR s.token IS NULL))
   GROUP BY s.link, s.collection, s.key_id ORDER BY 1, 2, 3`;

/** Sealed values by collection and key, of some links or of all. Counts only. */
export async function countSealed(client: Queryable, links: readonly string[] | null = null): Promise<readonly SealedCount[]> {
  return controlRows<SealedCount>(client, COUNTS, [links]);
}

/** Why a key is still needed, in words; undefined where nothing at the cloud can be under it any more. */
export function neededBecause(counts: readonly SealedCount[], keyId: string, waiting: number): string | undefined {
  const under = counts.filter((count) => count.keyId === keyId).reduce((sum, { atCloud, underWay }) => sum + atCloud + underWay, 0);
  const underWay = counts.reduce((sum, count) => sum + count.underWay, 0);
  if (under > 0) return `${under} values are under it`;
  if (underWay > 0) return `${underWay} values are on their way: the cloud may have those before`;
  return waiting > 0 ? `${waiting} records have not been sent again yet` : undefined;
}
