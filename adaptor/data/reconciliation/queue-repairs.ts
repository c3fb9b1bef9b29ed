import type { Pool } from 'pg';
import { changeableFields } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type AskCloud, MAX_NAMED_KEYS } from '../../../exchange/reconciliation.ts';
import { type KeptDifference, type Reconciliation, type Repair, keepRepairs, readDifferences } from '../control/reconciliations.ts';
import { resendFields, resendRecords } from '../control/resend-records.ts';
import { writeRequest } from '../control/sync-requests.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { recordAudit } from '../state/audit.ts';
import type { OfferedRecord } from './offers.ts';

/** What was queued. */
export interface QueuedRepairs {
  readonly repaired: number;
  /** Request rows: what is sent again, and what is ordered in. */
  readonly forwardRequest: string | null;
  readonly reverseRequest: string | null;
}

/** A difference with what puts it right. */
interface Plan {
  readonly difference: KeptDifference;
  readonly repair: readonly Repair[];
  /** Fields of the CRM that are sent again; null: the whole record, or its tombstone. */
  readonly resend?: readonly string[] | null;
  readonly offer?: OfferedRecord;
}

/**
 * Queues the repair of what a comparison found, by ordinary runs: what the CRM decides is sent again with the next forward
 * windows; of fields that the cloud may change, and of records that only the cloud has, the cloud offers its version to the next
 * order, and the CRM settles them as it settles every edit. Extra records are deleted only where that was approved and their keys
 * were once receipted. Repeated, it queues nothing again. Throws `delete-budget-exceeded` before anything is queued.
 */
export async function queueRepairs(
  pool: Pool,
  plan: CollectionPlan,
  reconciliation: Reconciliation,
  ask: AskCloud,
  deleteBudget: number,
): Promise<QueuedRepairs> {
  const { id, link, collection, requestedBy, forwardRequest, reverseRequest, repaired } = reconciliation;
  if (repaired !== null) return { repaired, forwardRequest, reverseRequest };
  const plans = (await readDifferences(pool, id)).map((difference) => repairOf(plan, difference, reconciliation.deleteReceipted));
  const deletes = plans.filter(({ repair }) => repair.includes('delete'));
  if (deletes.length > deleteBudget)
    throw new TidegateError('delete-budget-exceeded', `${deletes.length} records, and ${deleteBudget} may be deleted.`, {
      collection,
      deletes: deletes.length,
      deleteBudget,
    });
  for (const keys of chunks(deletes.filter(({ difference }) => difference.offered).map(({ difference }) => [...difference.key])))
    await ask({ step: 'withdraw', keys });
  const offers = plans.flatMap(({ offer }) => (offer === undefined ? [] : [offer]));
  for (const records of chunks(offers))
    await ask({ step: 'offer', records: records.map(({ key, fields }) => ({ key: [...key], fields: fields === null ? null : [...fields] })) });
  return inTransaction(pool, async (client) => {
    const sent = plans.filter(({ resend }) => resend !== undefined);
    const keyOf = ({ difference }: Plan): readonly string[] => difference.localKey ?? difference.key;
    await resendRecords(client, plan, sent.filter(({ resend }) => resend === null).map(keyOf));
    await resendFields(
      client,
      plan,
      sent.flatMap((one) => (one.resend == null ? [] : [{ key: keyOf(one), fields: one.resend }])),
    );
    const ordered = plans.some(({ repair }) => repair.includes('reverse') || repair.includes('offer'));
    const request = { link, cause: 'repair', collections: [collection], records: null, requestedBy, reason: `Reconciliation ${id}` } as const;
    const requests = {
      forward: sent.length === 0 ? null : await writeRequest(client, { ...request, direction: 'forward' }),
      reverse: ordered ? await writeRequest(client, { ...request, direction: 'reverse' }) : null,
    };
    const repairs = new Map(plans.filter(({ repair }) => repair.length > 0).map(({ difference, repair }) => [difference.id, repair]));
    await keepRepairs(client, id, repairs, requests);
    const facts = { collection, by: requestedBy, repaired: repairs.size, deletes: deletes.length };
    await recordAudit(client, { link: plan.linkName, event: 'repairs-queued', subject: id, facts });
    return { repaired: repairs.size, forwardRequest: requests.forward, reverseRequest: requests.reverse };
  });
}

function repairOf(plan: CollectionPlan, difference: KeptDifference, deleteReceipted: boolean): Plan {
  const { kind, key, fields, localKey, receipted } = difference;
  if (kind === 'altered') {
    const theirs = new Set(changeableFields(plan.definition, 'cloud'));
    const [resend, offered] = [fields.filter((name) => !theirs.has(name)), fields.filter((name) => theirs.has(name))];
    return {
      difference,
      repair: [...(resend.length > 0 ? (['forward'] as const) : []), ...(offered.length > 0 ? (['reverse'] as const) : [])],
      ...(resend.length > 0 ? { resend } : {}),
      ...(offered.length > 0 ? { offer: { key, fields: offered } } : {}),
    };
  }
  if (kind !== 'extra') return localKey === null ? { difference, repair: [] } : { difference, repair: ['forward'], resend: null };
  if (deleteReceipted && receipted && localKey !== null) return { difference, repair: ['delete'], resend: null };
  return { difference, repair: ['offer'], offer: { key, fields: null } };
}

function chunks<T>(items: readonly T[]): readonly T[][] {
  return Array.from({ length: Math.ceil(items.length / MAX_NAMED_KEYS) }, (_, i) => items.slice(i * MAX_NAMED_KEYS, (i + 1) * MAX_NAMED_KEYS));
}
