import type { ManifestClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { textArray } from '../quoting.ts';
import type { Receiver } from './receiver.ts';
import type { Session } from './session.ts';

/**
 * Looks whether the staged rows are what their manifest counts and what the protocol allows. Throws `batch-refused`: such a
 * batch was made wrongly, and nothing of it is stored. Answers whether all of them are new records, whole. `values`:
 * parameters of a stage that is no table.
 */
export async function examineStage(session: Session, { plan, stage }: Receiver, claims: ManifestClaims, values: readonly unknown[] = []): Promise<boolean> {
  const { rows } = await session.run(
    `select count(*)::text as rows, count(*) filter (where s."$op" = 'D')::text as tombstones,
            count(*) filter (where s."$op" = 'I' and s."$changes" is null)::text as whole,
            count(*) filter (where s."$op" is null or s."$op" not in ('I', 'U', 'D') or s."$changed" is null
              or not s."$changes" <@ ${textArray(plan.definition.fields.map((f) => f.name))}
              or cardinality(s."$bases") not in (1, coalesce(cardinality(s."$changes"), 1)))::text as malformed
     from ${stage} s`,
    values,
  );
  const [row] = rows as { rows: string; tombstones: string; whole: string; malformed: string }[];
  const facts = { collection: claims.collection, ordinal: claims.ordinal };
  if (Number(row?.rows) !== claims.rows || Number(row?.tombstones) !== claims.tombstones)
    throw new TidegateError('batch-refused', 'Its counts are wrong.', facts);
  if (Number(row?.malformed) > 0)
    throw new TidegateError('batch-refused', 'A row has no operation, or names a field that the collection does not have.', facts);
  return Number(row?.whole) === claims.rows;
}
