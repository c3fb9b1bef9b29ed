import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { faultDetail } from '../../exchange/fault-details.ts';
import { TEST_LINK } from './test-crm.ts';

/* Rows of the control plane as the worker would write them. */

/** An open link whose collections are loaded: everything that is committed now is receipted. */
export async function openLink(admin: Client): Promise<void> {
  await admin.query(`insert into tidegate.link (name, tenant, environment, link) values ($1, 'acme', 'test', 'hub') on conflict do nothing`, [TEST_LINK]);
  for (const table of ['contacts', 'appointments', 'tasks']) {
    await admin.query(`insert into tidegate.source (schema_name, table_name, key_columns, columns) values ('crm', $1, '{id}', '{id}') on conflict do nothing`, [
      table,
    ]);
    await admin.query(
      `insert into tidegate.channel (link, collection, direction, state, cursor, ordinal, proven_at) values ($1, $2, 'forward', 'open', pg_current_snapshot(), 1, now())
       on conflict (link, collection, direction) do update set cursor = excluded.cursor, proven_at = excluded.proven_at, ordinal = tidegate.channel.ordinal + 1`,
      [TEST_LINK, table],
    );
  }
}

/** A logged change of a record. */
export async function logChange(admin: Client, table: string, id: string, op: string, origin: string | null = null): Promise<void> {
  await admin.query(
    `insert into tidegate.change_log (source, key, op, origin, logged_at) select id, array[$2::text], $3, $4, clock_timestamp() from tidegate.source where table_name = $1`,
    [table, id, op, origin],
  );
}

/** A record that the cloud could not take. */
export async function setAside(admin: Client, collection: string, id: string): Promise<void> {
  await admin.query(
    `insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, op, code, field, detail, record, changed)
     values ($1, $2, 'forward', array[$3::text], 1, gen_random_uuid(), 'U', 'value-too-long', 'note', $4, '{"note": "confidential"}', 'note')`,
    [TEST_LINK, collection, id, faultDetail('longer-than', 'character varying(255)')],
  );
}

/** A field that both sides had changed. */
export async function clash(admin: Client, collection: string, id: string, field: string | null): Promise<void> {
  await admin.query(
    `insert into tidegate.conflict (link, collection, key, field, kind, crm_value, cloud_value, outcome, batch_id, created_at)
     values ($1, $2, array[$3::text], $4, 'field', '"here"', '"there"', 'crm', gen_random_uuid(), clock_timestamp())`,
    [TEST_LINK, collection, id, field],
  );
}

/** A run of a workflow; gives its message id, where it is a reverse one. */
export async function addRun(
  admin: Client,
  workflowId: string,
  direction: 'forward' | 'reverse',
  { state = 'completed', requests = [] }: { state?: string; requests?: readonly string[] } = {},
): Promise<string | null> {
  const messageId = direction === 'reverse' ? randomUUID() : null;
  await admin.query(
    `insert into tidegate.run (id, link, direction, trigger, workflow_id, workflow_run_id, message_id, state, error_code, offered, applied, unchanged, windows, started_at, finished_at)
     values ($1 || '/r1', $2, $3, 'user', $1, 'r1', $4, $5, case when $5 = 'failed' then 'connection-failed' end, 3, 2, 1, 1, clock_timestamp(), clock_timestamp())`,
    [workflowId, TEST_LINK, direction, messageId, state],
  );
  if (messageId !== null) {
    await admin.query(
      `insert into tidegate.reverse_message (id, link, jws, digest, cause, state, issued_at, expires_at) values ($1, $2, $3, 'd', 'user', 'spent', clock_timestamp(), now() + interval '10 minutes')`,
      [messageId, TEST_LINK, `secret.${Buffer.from(JSON.stringify({ requests, jti: messageId })).toString('base64url')}.signature`],
    );
    await admin.query(
      `insert into tidegate.reverse_message_collection (message_id, link, collection, fields, operations, after_ordinal, max_rows, max_windows, delete_budget, state)
       select $1, $2, collection, '{note}', '{U}', 0, 1, 1, 0, 'spent' from unnest(array['contacts', 'tasks']) as collection`,
      [messageId, TEST_LINK],
    );
  }
  return messageId;
}

/** A forward window of everything that is committed now and was not receipted before, of a run. */
export async function addWindow(admin: Client, collection: string, state: 'prepared' | 'sent' | 'receipted', runId: string | null = null): Promise<void> {
  await admin.query(
    `insert into tidegate."window" (link, collection, direction, ordinal, kind, batch_id, run_id, state, from_snapshot, to_snapshot, to_key, finished_at)
     select link, collection, direction, 1 + coalesce((select max(ordinal) from tidegate."window" w where w.collection = $2), 1), 'delta', gen_random_uuid(), $4, $3,
            cursor, pg_current_snapshot(), '{}', case when $3 = 'receipted' then clock_timestamp() end
       from tidegate.channel where link = $1 and collection = $2 and direction = 'forward'`,
    [TEST_LINK, collection, state, runId],
  );
}

/** A change that came from the cloud under a message. */
export async function receive(admin: Client, collection: string, id: string, fields: readonly string[], runId: string): Promise<void> {
  await admin.query(
    `insert into tidegate.ledger_entry (link, collection, key, op, fields, actor, run_id, message_id, batch_id, created_at)
     values ($1, $2, array[$3::text], 'U', $4, 'employee@cloud.example', $5, gen_random_uuid(), gen_random_uuid(), clock_timestamp())`,
    [TEST_LINK, collection, id, fields, runId],
  );
}
