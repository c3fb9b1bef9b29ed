import { type Incarnation, incarnationSchema } from '../../exchange/incarnation.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { controlRow } from './control-rows.ts';
import type { Queryable } from './pool.ts';

/** The parts of an incarnation, of a row `s` of `tidegate.store`. */
export const INCARNATION_COLUMNS = `s.id AS "storeId", (SELECT system_identifier::text FROM pg_control_system()) AS "systemId",
  CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint())
       ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS "timeline",
  (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS "databaseId"`;

/**
 * Which life of which database this is (rule 12). The timeline is that of the WAL written now: the control file learns of a
 * promotion only at the next checkpoint. Throws `migration-failed` where the control plane is not installed.
 */
export async function readIncarnation(client: Queryable): Promise<Incarnation> {
  const row = await controlRow(client, `SELECT ${INCARNATION_COLUMNS} FROM tidegate.store s`);
  if (row === undefined) throw new TidegateError('migration-failed', 'The store has no identity yet.');
  return incarnationSchema.parse(row);
}
