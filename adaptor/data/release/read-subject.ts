import { TidegateError } from '../../../exchange/errors.ts';
import type { ReleaseAct } from '../../../exchange/release.ts';
import { ALL_FIELDS, WIRE_LIST_SEPARATOR } from '../../../exchange/wire-row.ts';
import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import type { ReleasedRecord } from './released-record.ts';

/** What a user decides about, and what the user gives. */
export interface Decision {
  readonly link: string;
  readonly act: ReleaseAct;
  readonly subject: number;
  readonly values: Readonly<Record<string, string | null>> | null;
  readonly requestedBy: string;
}

interface QuarantineRow extends ReleasedRecord {
  readonly direction: 'forward' | 'reverse';
  readonly state: string;
}

const QUARANTINED = `
  SELECT collection, key, direction, op, changed, base, actor, record, state FROM tidegate.quarantine WHERE id = $1 AND link = $2`;

interface ConflictRow {
  readonly collection: string;
  readonly key: readonly string[];
  readonly field: string | null;
  readonly kind: string;
  readonly crmValue: unknown;
  readonly cloudValue: unknown;
  readonly outcome: 'crm' | 'cloud' | 'value' | 'review';
  readonly valuesGone: boolean;
}

const CONFLICTED = `
  SELECT collection, key, field, kind, crm_value AS "crmValue", cloud_value AS "cloudValue", outcome, values_gone AS "valuesGone"
    FROM tidegate.conflict WHERE id = $1 AND link = $2`;

/**
 * What a decision would write, read from the row that it is about. With `lock`, the row stays as it is until the transaction
 * ends. Throws `record-not-found`, `already-decided`, `bad-request` (values that the record does not have; a record that waits
 * at the cloud, where the CRM writes nothing), `values-gone`.
 */
export async function readSubject(client: Queryable, decision: Decision, lock = false): Promise<ReleasedRecord> {
  if (decision.act === 'erase') return readErased(client, decision);
  return decision.act === 'restore' ? readConflict(client, decision, lock) : readQuarantined(client, decision, lock);
}

async function readQuarantined(client: Queryable, { link, act, subject, values, requestedBy }: Decision, lock: boolean): Promise<ReleasedRecord> {
  const row = await controlRow<QuarantineRow>(client, lock ? `${QUARANTINED} FOR UPDATE` : QUARANTINED, [subject, link]);
  if (row === undefined) throw new TidegateError('record-not-found', undefined, { quarantine: subject });
  const { direction, state, ...record } = row;
  if (state !== 'waiting') throw new TidegateError('already-decided', `It is ${state}.`, { quarantine: subject, state });
  if (direction === 'forward') throw new TidegateError('bad-request', 'It waits at the cloud: it is sent again, or corrected in the CRM.');
  if (act === 'retry') return record;
  const unknown = Object.keys(values ?? {}).find((name) => !Object.hasOwn(record.record, name));
  if (unknown !== undefined || values === null) throw new TidegateError('bad-request', `"${unknown ?? ''}" is no field of the record.`);
  if (record.op === 'D') throw new TidegateError('bad-request', 'A delete has no values.');
  const more = record.changed === ALL_FIELDS ? [] : Object.keys(values).filter((name) => !record.changed.split(WIRE_LIST_SEPARATOR).includes(name));
  // A field that is edited beside those that came stands on the base of the first (see judge-reverse.ts).
  return { ...record, record: { ...record.record, ...values }, changed: [record.changed, ...more].join(WIRE_LIST_SEPARATOR), actor: requestedBy };
}

async function readConflict(client: Queryable, { link, subject, values, requestedBy }: Decision, lock: boolean): Promise<ReleasedRecord> {
  const row = await controlRow<ConflictRow>(client, lock ? `${CONFLICTED} FOR UPDATE` : CONFLICTED, [subject, link]);
  if (row === undefined) throw new TidegateError('record-not-found', undefined, { conflict: subject });
  const { collection, key, field, outcome } = row;
  const losing = outcome === 'cloud' ? row.crmValue : row.cloudValue;
  if (row.valuesGone && values === null) throw new TidegateError('values-gone', undefined, { conflict: subject });
  if (field === null) return restoredRecord(row, losing, values, requestedBy);
  if (values !== null && !Object.hasOwn(values, field)) throw new TidegateError('bad-request', `The conflict is about "${field}".`);
  const value = values === null ? (losing as string | null) : (values[field] ?? null);
  return { collection, key, op: 'U', changed: field, base: null, actor: requestedBy, record: { [field]: value } };
}

/** A record that was deleted on one side while it was edited on the other. */
function restoredRecord({ collection, key, kind, outcome }: ConflictRow, losing: unknown, values: Decision['values'], actor: string): ReleasedRecord {
  if (values !== null) throw new TidegateError('bad-request', 'The conflict is about a whole record: it has no single value.');
  const cloudDeleted = kind === 'delete-against-edit';
  // The losing side is the one that deleted: the record goes; else what the losing side had comes back.
  const isDelete = cloudDeleted === (outcome !== 'cloud');
  const record = isDelete ? {} : ((losing ?? {}) as Record<string, string | null>);
  return { collection, key, op: isDelete ? 'D' : 'I', changed: ALL_FIELDS, base: null, actor, record };
}

/** The record of an erasure that goes on, as what is deleted. */
async function readErased(client: Queryable, { link, subject, requestedBy: actor }: Decision): Promise<ReleasedRecord> {
  const row = await controlRow<{ collection: string; key: string[]; state: string }>(
    client,
    'SELECT collection, wire_key AS key, state FROM tidegate.erasure WHERE id = $1 AND link = $2',
    [subject, link],
  );
  if (row === undefined) throw new TidegateError('record-not-found', undefined, { erasure: subject });
  if (row.state !== 'asked') throw new TidegateError('already-decided', `It is ${row.state}.`, { erasure: subject });
  return { collection: row.collection, key: row.key, op: 'D', changed: ALL_FIELDS, base: null, actor, record: {} };
}
