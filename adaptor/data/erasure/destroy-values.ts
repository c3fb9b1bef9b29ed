import type { PoolClient } from 'pg';
import { controlRows } from '../control-rows.ts';
import { destroyValues } from '../ledger/destroy-values.ts';
import type { CollectionPlan } from '../plan.ts';
import { literal } from '../quoting.ts';
import { logKey } from './record-keys.ts';

/** A record as both forms of its key name it. */
export interface ErasedRecord {
  readonly plan: CollectionPlan;
  /** As this store's table has it. */
  readonly local: readonly string[];
  /** On the wire; undefined where the record has none. */
  readonly wire: readonly string[] | undefined;
}

/** Which rows of the control plane hold a record: $1 link, $2 collection, $3 and $4 the two forms of its key. */
const OF_RECORD = 'link = $1 AND collection = $2 AND (key = $3::text[] OR key = $4::text[])';

/** That something changed stays, with the key: other links are still told that the record is gone. */
const CHANGES = `
  UPDATE tidegate.change_log l SET old = NULL, actor = NULL FROM tidegate.source s
   WHERE s.schema_name = $1 AND s.table_name = $2 AND l.source = s.id AND l.key = $3::text[] AND (l.old IS NOT NULL OR l.actor IS NOT NULL)`;

/** A record that waits is given up: there is nothing left to try. */
const QUARANTINE = `
  UPDATE tidegate.quarantine SET record = '{}', actor = NULL, changed = '*', state = CASE state WHEN 'waiting' THEN 'discarded' ELSE state END,
         resolved_at = coalesce(resolved_at, now())
   WHERE ${OF_RECORD} AND (record <> '{}' OR actor IS NOT NULL OR state = 'waiting')`;

const CONFLICTS = `
  UPDATE tidegate.conflict SET crm_value = NULL, cloud_value = NULL, values_gone = true, actor = NULL, decided_at = coalesce(decided_at, now()),
         outcome = CASE outcome WHEN 'review' THEN 'crm' ELSE outcome END
   WHERE ${OF_RECORD} AND NOT values_gone`;

const RELEASES = `
  UPDATE tidegate.release r SET "values" = NULL
   WHERE r.link = $1 AND r."values" IS NOT NULL
     AND (r.act IN ('retry', 'edit') AND r.subject IN (SELECT id FROM tidegate.quarantine WHERE ${OF_RECORD})
          OR r.act = 'restore' AND r.subject IN (SELECT id FROM tidegate.conflict WHERE ${OF_RECORD}))`;

/** Rows of a window that waits for approval; what is written of it later counts them as unchanged. */
const heldRows = (keyFields: readonly string[]): string => `
  DELETE FROM tidegate.held_row r USING tidegate.held_window w
   WHERE w.batch_id = r.batch_id AND w.link = $1 AND w.collection = $2
     AND ARRAY[${keyFields.map((name) => `r.record ->> ${literal(name)}`).join(', ')}]::text[] IN ($3::text[], $4::text[])`;

const PLANS = `
  DELETE FROM tidegate.plan_difference d USING tidegate.plan p
   WHERE p.id = d.plan_id AND p.link = $1 AND d.collection = $2 AND (d.key = $3::text[] OR d.key = $4::text[])`;

/** The number of a sealed value stays and is used up: no ciphertext that the cloud had is taken for a present one again. */
const SEALED = `
  UPDATE tidegate.sealed_value SET token = NULL, key_id = NULL, gone = true, version = version + 1, accepted_version = version + 1
   WHERE ${OF_RECORD} AND token IS NOT NULL`;

const LEDGER = `SELECT id FROM tidegate.ledger_entry WHERE ${OF_RECORD} AND salt IS NOT NULL`;

const named = ({ plan, local, wire }: ErasedRecord): unknown[] => [plan.linkName, plan.definition.name, local, wire ?? local];

async function take(client: PoolClient, sql: string, values: readonly unknown[]): Promise<number> {
  return (await client.query(sql, [...values])).rowCount ?? 0;
}

/** Destroys what the change log and the quarantine of either store hold of a record. */
export async function destroyHere(client: PoolClient, record: ErasedRecord): Promise<{ readonly changes: number; readonly quarantine: number }> {
  const { schema, table } = record.plan.binding;
  return {
    changes: await take(client, CHANGES, [schema, table, logKey(record.plan, record.local)]),
    quarantine: await take(client, QUARANTINE, named(record)),
  };
}

/** Numbers of what the CRM keeps of a record beside change log and quarantine, and that was destroyed. */
export interface DestroyedAtCrm {
  readonly changes: number;
  readonly quarantine: number;
  readonly releases: number;
  readonly conflicts: number;
  readonly ledger: number;
  readonly heldRows: number;
  readonly plans: number;
  readonly sealedValues: number;
}

/**
 * Destroys what the CRM keeps of a record beside that: losing values, what users gave, before-images, what waits for approval, what
 * plans have found, and what was sealed.
 */
export async function destroyAtCrm(client: PoolClient, record: ErasedRecord, by: string): Promise<DestroyedAtCrm> {
  const releases = await take(client, RELEASES, named(record));
  const entries = (await controlRows<{ id: number }>(client, LEDGER, named(record))).map(({ id }) => id);
  const ledger = await destroyValues(client, { entries, by, reason: 'erasure' });
  return {
    ...(await destroyHere(client, record)),
    releases,
    conflicts: await take(client, CONFLICTS, named(record)),
    ledger,
    heldRows: await take(client, heldRows(record.plan.definition.key), named(record)),
    plans: await take(client, PLANS, named(record)),
    sealedValues: await take(client, SEALED, named(record)),
  };
}
