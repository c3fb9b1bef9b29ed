import { ident } from '../../adaptor/data/quoting.ts';

/**
 * SQL for a record's version: a digest over these columns as PostgreSQL writes them. Two employees who see the same see the
 * same version, and a change of what neither may see is nobody's conflict.
 */
export function versionSql(columns: readonly string[]): string {
  return `encode(sha256(convert_to(row(${columns.map(ident).join(', ')})::text, 'UTF8')), 'hex')`;
}
