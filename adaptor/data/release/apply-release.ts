import type { Pool, PoolClient } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import type { ReleaseClaims, ReleaseOutcome } from '../../../exchange/release.ts';
import type { StoredRelease } from '../control/releases.ts';
import { applyDecided } from '../injection/apply-decided.ts';
import { lockPlace } from '../injection/channel-order.ts';
import { openInjection } from '../injection/open-injection.ts';
import { inInjection } from '../injection/session.ts';
import type { CollectionPlan } from '../plan.ts';
import { readSubject } from './read-subject.ts';
import { type ReleasedRecord, contentDigest } from './released-record.ts';
import { noteOutcome, outcomeOf, spendRelease, stillRefused } from './release-use.ts';

/** A release that was verified, and where it is applied. */
export interface VerifiedRelease {
  readonly plan: CollectionPlan;
  readonly id: string;
  /** What the user gave; part of what the claims hold the digest of. */
  readonly values: StoredRelease['values'];
  readonly claims: ReleaseClaims;
  readonly runId: string;
  /** Opens the sealed values of a record that comes in whole: field -> text; those that are not intact are left out. */
  readonly open?: ((record: ReleasedRecord) => Promise<Readonly<Record<string, string>>>) | undefined;
}

/**
 * Writes what a release allows, in the reverse role: the release is spent, the record written and its row decided in one
 * transaction, after every window that is under way. A repetition finds what was done.
 *
 * Throws, with nothing written: `release-not-accepted` (used before, not verified), `release-mismatch` (the record is not what
 * was signed), `already-decided`, `link-stopped`, why the record cannot be taken (`value-invalid` and so on), and what the guard
 * says.
 */
export async function applyRelease(pool: Pool, release: VerifiedRelease): Promise<ReleaseOutcome> {
  const { plan, id, values, claims, runId } = release;
  const { act, subject, by } = claims;
  const [order] = claims.orders;
  return inInjection(pool, plan, async (client) => {
    const done = await outcomeOf(client, id);
    if (done !== undefined) return done;
    const open = await openInjection(client, { plan, direction: 'reverse', ordinal: 0, messageId: id });
    const place = await lockPlace(client, plan, 'reverse', 0, 'update');
    if (place.linkState !== 'open') throw new TidegateError('link-stopped', `It is ${place.linkState}.`, { link: plan.linkName });
    await spendRelease(client, id);
    const record = await readSubject(client, { link: plan.linkName, act, subject, values, requestedBy: by }, true);
    if (order === undefined || contentDigest(record) !== claims.content || record.collection !== order.collection)
      throw new TidegateError('release-mismatch', undefined, { release: id });
    // What a user of the CRM decided is the CRM's own change: it travels to the cloud. A retry only brings in what came from there.
    if (act !== 'retry') await client.query(`select set_config('tidegate.injecting', '', true), set_config('tidegate.actor', $1, true)`, [by]);
    const { changed, outcomes } = await applyDecided(pool, client, {
      plan,
      open,
      records: [record],
      order,
      orderId: id,
      runId,
      decided: act === 'restore' || act === 'erase',
      // A record that the CRM has keeps its own sealed values.
      opened: order.operations.includes('I') ? await release.open?.(record) : undefined,
    });
    const [told] = outcomes;
    // A user decided on a record that has come back meanwhile, or gone.
    if (act === 'restore' && told?.code === 'field-not-authorised' && told.field === null) throw new TidegateError('version-conflict');
    if (told?.code != null) throw stillRefused(told.code, told.field, told.detail);
    await decide(client, release);
    const outcome = told?.conflicted === true ? 'conflicted' : changed > 0 ? 'applied' : 'unchanged';
    await noteOutcome(client, id, outcome);
    return outcome;
  });
}

/** Marks the row that the release is about. Afterwards it no longer waits, whatever else was decided. */
async function decide(client: PoolClient, { id, values, claims }: VerifiedRelease): Promise<void> {
  const { act, subject, by, reason } = claims;
  if (act === 'erase') return;
  const decision = [subject, id, by, reason];
  if (act !== 'restore') {
    await client.query(
      `update tidegate.quarantine set state = 'resolved', resolved_at = now(), release_id = $2::uuid, resolved_by = $3, resolved_reason = $4 where id = $1`,
      decision,
    );
    return;
  }
  await client.query(
    `update tidegate.conflict set outcome = case when $5 then 'value' when outcome = 'cloud' then 'crm' else 'cloud' end,
       decided_at = now(), release_id = $2::uuid, decided_by = $3, decided_reason = $4 where id = $1`,
    [...decision, values !== null],
  );
}
