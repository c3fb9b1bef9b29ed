import type { PoolClient } from 'pg';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import { controlRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { ident, literal, textArray } from '../quoting.ts';
import { stageTable } from './stage.ts';

/*
 * A reverse window that does more than its budget allows is set down as it came, in the CRM's own control plane, while nothing of
 * it is written: a user's approval may come days after its message has expired. It is written under a signed release that names
 * its digest, or destroyed.
 */

/** A window that was set down. */
export interface HeldWindow {
  readonly batchId: string;
  readonly collection: string;
  readonly ordinal: number;
  readonly messageId: string;
  /** The cloud's signed manifest, which was verified when the window came. */
  readonly manifest: string;
  /** SHA-256 of the rows, base64url: what a release names. */
  readonly digest: string;
  /** Rows that are still there, and tombstones among them: those of erased records are not. */
  readonly rows: number;
  readonly tombstones: number;
  readonly heldAt: Date;
}

/** Rows that were set down: their digest, over the digests of all of them in their order, and their number. */
const DIGEST = `
  SELECT translate(rtrim(encode(sha256(coalesce(string_agg(sha256(convert_to(jsonb_build_array(op, changed, base, actor, record, sealed, code, field, detail)::text, 'UTF8')), ''::bytea ORDER BY n), '')), 'base64'), '='), '+/', '-_') AS digest,
         count(*) AS rows, count(*) FILTER (WHERE op = 'D') AS tombstones
    FROM tidegate.held_row WHERE batch_id = $1::uuid`;

/** What `openRows` said of a row's sealed fields: they are opened once, as of when the window came. */
const OPENED = 's."$sealed", s."$code", s."$field", s."$detail"';

/** Sets the staged rows of a window down, in the transaction that staged them; a window of the channel that was set down before gives way. */
export async function holdWindow(
  client: PoolClient,
  {
    plan,
    claims,
    manifestJws,
    runId,
  }: { readonly plan: CollectionPlan; readonly claims: ManifestClaims; readonly manifestJws: string; readonly runId: string | undefined },
): Promise<void> {
  const names = plan.definition.fields.map(({ name }) => name);
  await client.query('DELETE FROM tidegate.held_window WHERE link = $1 AND collection = $2', [plan.linkName, claims.collection]);
  await client.query(
    `INSERT INTO tidegate.held_window (batch_id, link, collection, ordinal, message_id, run_id, manifest) VALUES ($1::uuid, $2, $3, $4, $5::uuid, $6, $7)`,
    [claims.batchId, plan.linkName, claims.collection, claims.ordinal, claims.messageId, runId ?? null, manifestJws],
  );
  await client.query(
    `INSERT INTO tidegate.held_row (batch_id, n, op, changed, base, actor, record, sealed, code, field, detail)
     SELECT $1::uuid, row_number() OVER (ORDER BY s."$n"), s."$op", s."$changed", s."$base", s."$actor",
            jsonb_object(${textArray(names)}, array[${names.map((name) => `s.${ident(name)}`).join(', ')}]::text[]), ${OPENED}
       FROM ${stageTable(plan)} s`,
    [claims.batchId],
  );
}

/** The window that waits under a batch id, with the digest of its rows as they are now; undefined where it is gone. */
export async function readHeldWindow(client: Queryable, batchId: string): Promise<HeldWindow | undefined> {
  const row = await controlRow<Omit<HeldWindow, 'digest' | 'rows' | 'tombstones'>>(
    client,
    `SELECT batch_id AS "batchId", collection, ordinal, message_id AS "messageId", manifest, held_at AS "heldAt" FROM tidegate.held_window WHERE batch_id = $1::uuid`,
    [batchId],
  );
  if (row === undefined) return undefined;
  const rows = await controlRow<Pick<HeldWindow, 'digest' | 'rows' | 'tombstones'>>(client, DIGEST, [batchId]);
  return { ...row, digest: '', rows: 0, tombstones: 0, ...rows };
}

/** Stages a window that was set down, in its order. The fields are those of the plan: its registration must be the window's. */
export async function stageHeld(client: PoolClient, plan: CollectionPlan, batchId: string): Promise<void> {
  const names = plan.definition.fields.map(({ name }) => name);
  await client.query(
    `INSERT INTO ${stageTable(plan)} ("$op", "$changed", "$base", "$actor", "$sealed", "$code", "$field", "$detail", ${names.map(ident).join(', ')})
     SELECT op, changed, base, actor, sealed, code, field, detail, ${names.map((name) => `record ->> ${literal(name)}`).join(', ')} FROM tidegate.held_row WHERE batch_id = $1::uuid ORDER BY n`,
    [batchId],
  );
}

/** Destroys a window that was set down. */
export async function dropHeld(client: Queryable, batchId: string): Promise<void> {
  await client.query('DELETE FROM tidegate.held_window WHERE batch_id = $1::uuid', [batchId]);
}
