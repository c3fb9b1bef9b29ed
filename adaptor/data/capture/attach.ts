import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { controlRow } from '../control-rows.ts';
import { requireTableShape, type TableShape } from '../introspection.ts';
import { privacy, tableSql } from '../extraction/collection-sql.ts';
import { type CollectionPlan, logKeyColumns } from '../plan.ts';
import { inTransaction, type Queryable } from '../pool.ts';
import { ident, literal, qualified, textArray } from '../quoting.ts';
import { captureFunction, captureFunctionName } from './capture-function.ts';
import { CAPTURE_ROLES, type TableCapture, planCapture } from './capture.ts';
import { accessStatements } from '../roles/access-rules.ts';
import { collectionGrants } from './collection-rights.ts';
import { GUARDED_SESSION, guardFunction, guardFunctionName, parentFunction, parentFunctionName } from './guard-function.ts';

/** What attaching a table would do. */
export interface Attachment {
  readonly source: number;
  readonly capture: TableCapture;
  /** The SQL, in order, to be run in one transaction. */
  readonly statements: readonly string[];
  /** Whether exactly this is attached already. */
  readonly current: boolean;
}

/** How long attaching and detaching wait for the table's lock, while others queue behind them. */
export const DDL_LOCK_TIMEOUT_MS = 5000;

/**
 * Held until its transaction ends by whoever attaches a table, or changes tables and rights that may be attached meanwhile:
 * PostgreSQL fails where two sessions change one catalogue row at once (XX000, "tuple concurrently updated").
 */
export const ATTACH_LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('tidegate attach', 0))`;

const EVENTS = {
  insert: 'REFERENCING NEW TABLE AS new_rows',
  update: 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows',
  delete: 'REFERENCING OLD TABLE AS old_rows',
  truncate: '',
} as const;

/**
 * Works out how to capture a table for all plans that are bound to it in this store; nothing is changed but a number drawn
 * from a sequence. Columns that are captured already for plans not named here stay captured. At the CRM the plans must be
 * all that this table has, because the guard and the rights of the reverse role are made from them.
 * Throws `configuration-invalid`.
 */
export async function planAttachment(client: Queryable, plans: readonly CollectionPlan[]): Promise<Attachment> {
  const { schema = '', table = '' } = plans[0]?.binding ?? {};
  const shape = await requireTableShape(client, schema, table);
  const known = await controlRow<{ id: number; columns: string[]; keyColumns: string[] }>(
    client,
    'SELECT id, columns, key_columns AS "keyColumns" FROM tidegate.source WHERE schema_name = $1 AND table_name = $2',
    [schema, table],
  );
  const source = known?.id ?? (await controlRow<{ id: number }>(client, `SELECT nextval('tidegate.source_id_seq')::int AS id`))?.id ?? 0;
  const capture = withColumns(planCapture(plans, shape), shape, known?.columns ?? []);
  const statements = attachStatements(capture, source, plans, await accessStatements(client, plans, shape));
  return { source, capture, statements, current: await isCurrent(client, source, fingerprint(statements)) };
}

/** Attaches a table in one transaction, with a lock time-out; does nothing where it is attached just so. Returns the attachment. */
export async function attachTable(pool: Pool, plans: readonly CollectionPlan[]): Promise<Attachment> {
  return inTransaction(pool, async (client) => {
    await client.query(ATTACH_LOCK);
    const attachment = await planAttachment(client, plans);
    if (attachment.current) return attachment;
    await client.query(`SET LOCAL lock_timeout = ${DDL_LOCK_TIMEOUT_MS}`);
    for (const statement of attachment.statements) await client.query(statement);
    return attachment;
  });
}

/** The SQL that attaches a table: its source row, functions, triggers and, at the CRM, the rights of Tidegate's roles. */
export function attachStatements(capture: TableCapture, source: number, plans: readonly CollectionPlan[], access: readonly string[] = []): readonly string[] {
  const table = qualified(capture.schema, capture.table);
  const [keys, columns] = [capture.keyColumns, capture.columns].map((list) => textArray(list.map(({ name }) => name)));
  const trigger = (kind: string, event: keyof typeof EVENTS, name: string, when = '') =>
    `CREATE OR REPLACE TRIGGER tidegate_${kind}_${event} ${event === 'truncate' ? 'BEFORE' : 'AFTER'} ${event.toUpperCase()} ON ${table} ${EVENTS[event]} FOR EACH STATEMENT${when} EXECUTE FUNCTION ${name}()`;
  const events = Object.keys(EVENTS) as (keyof typeof EVENTS)[];
  const statements = [
    `INSERT INTO tidegate.source (id, schema_name, table_name, key_columns, columns)
VALUES (${source}, ${literal(capture.schema)}, ${literal(capture.table)}, ${keys}, ${columns})
ON CONFLICT (id) DO UPDATE SET key_columns = excluded.key_columns, columns = excluded.columns, attached_at = now()`,
    captureFunction(capture, source),
    `REVOKE ALL ON FUNCTION ${captureFunctionName(source)}() FROM PUBLIC`,
    ...events.map((event) => trigger('capture', event, captureFunctionName(source))),
    ...(capture.side === 'crm'
      ? [
          parentFunction(capture, source),
          `REVOKE ALL ON FUNCTION ${parentFunctionName(source)}(int, text[]) FROM PUBLIC`,
          `GRANT EXECUTE ON FUNCTION ${parentFunctionName(source)}(int, text[]) TO ${ident(CAPTURE_ROLES.reverse)}`,
          guardFunction(capture, source),
          `REVOKE ALL ON FUNCTION ${guardFunctionName(source)}() FROM PUBLIC`,
          ...events.map((event) => trigger('guard', event, guardFunctionName(source), ` WHEN (${GUARDED_SESSION})`)),
          ...collectionGrants(plans),
          ...access,
          ...plans.flatMap((plan) => retractStatement(plan, source) ?? []),
        ]
      : []),
  ];
  return [...statements, `COMMENT ON FUNCTION ${captureFunctionName(source)}() IS ${literal(fingerprint(statements))}`];
}

/**
 * Where a collection gets a privacy rule, or another one: the cloud's copies of what is private by it are deleted. Of a
 * collection that was never sent there are none.
 */
function retractStatement(plan: CollectionPlan, source: number): string | undefined {
  if (plan.binding.private === undefined) return undefined;
  const key = logKeyColumns(plan).map((column) => `t.${ident(column)}::text`);
  return `INSERT INTO tidegate.change_log (source, key, op, origin)
SELECT ${source}, ARRAY[${key.join(', ')}], 'R', ${literal(plan.linkName)} FROM ${tableSql(plan)} t
 WHERE ${privacy(plan)} AND EXISTS (SELECT FROM tidegate.channel c WHERE c.link = ${literal(plan.linkName)}
   AND c.collection = ${literal(plan.definition.name)} AND c.direction = 'forward' AND c.cursor IS NOT NULL)`;
}

/** Mark by which a later attachment knows that nothing is to be done. */
function fingerprint(statements: readonly string[]): string {
  const body = statements.filter((statement) => !statement.startsWith('COMMENT ON FUNCTION tidegate.'));
  return `tidegate ${createHash('sha256').update(body.join('\n')).digest('hex')}`;
}

async function isCurrent(client: Queryable, source: number, mark: string): Promise<boolean> {
  const row = await controlRow<{ mark: string | null; triggers: number; expected: number }>(
    client,
    `SELECT obj_description(p.oid, 'pg_proc') AS mark,
            (SELECT count(*)::int FROM pg_trigger t WHERE t.tgfoid IN (p.oid, g.oid) AND t.tgenabled = 'O') AS triggers,
            CASE WHEN g.oid IS NULL THEN 4 ELSE 8 END AS expected
       FROM pg_proc p LEFT JOIN pg_proc g ON g.pronamespace = p.pronamespace AND g.proname = 'guard_' || $1
      WHERE p.pronamespace = 'tidegate'::regnamespace AND p.proname = 'capture_' || $1`,
    [String(source)],
  );
  return row !== undefined && row.mark === mark && row.triggers === row.expected;
}

function withColumns(capture: TableCapture, shape: TableShape, known: readonly string[]): TableCapture {
  const names = new Set(capture.columns.map(({ name }) => name));
  const kept = shape.columns.filter(({ name }) => known.includes(name) && !names.has(name));
  return { ...capture, columns: [...capture.columns, ...kept] };
}
