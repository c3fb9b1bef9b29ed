import { writeRelease } from '../../adaptor/data/control/releases.ts';
import { requireErasure } from '../../adaptor/data/erasure/erasures.ts';
import { canonicalKey, hasRecord, wireKeyOf } from '../../adaptor/data/erasure/record-keys.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { planOf } from '../plans.ts';

/** Which erasure. Its row has the record's key, which may itself be personal: it is in no history. */
export interface ErasureInput {
  readonly link: string;
  readonly erasure: number;
}

/** What an erasure is about. */
export interface BegunErasure {
  readonly collection: string;
  /** The release under which the CRM's record is deleted; null where the CRM has none. */
  readonly releaseId: string | null;
}

/**
 * Finds the record of an erasure, and asks for the release that deletes it in the CRM, where it is there. A repetition may ask for
 * another one; each deletes at most that record. Throws `record-not-found`, `already-decided`, `key-invalid`, `bad-request`.
 */
export async function beginErasure(context: Pick<ActivityContext, 'links' | 'consumer'>, { link, erasure }: ErasureInput): Promise<BegunErasure> {
  const setup = linkOf(context, link);
  return inTransaction(context.consumer, async (client) => {
    const row = await requireErasure(client, link, erasure);
    if (row.state !== 'asked') throw new TidegateError('already-decided', `It is ${row.state}.`, { erasure });
    const { collection, requestedBy, reason } = row;
    const plan = await planOf(client, setup, collection);
    const local = await canonicalKey(client, plan, row.key);
    const wire = row.wireKey ?? (await wireKeyOf(client, plan, local));
    const present = await hasRecord(client, plan, local);
    if (wire === undefined && present)
      throw new TidegateError('bad-request', 'The record has no key on the wire yet: synchronise it first, or delete it in the CRM.', { erasure });
    await client.query('UPDATE tidegate.erasure SET key = $2, wire_key = $3 WHERE id = $1', [erasure, local, wire ?? null]);
    if (!present) return { collection, releaseId: null };
    return { collection, releaseId: await writeRelease(client, { link, act: 'erase', subject: erasure, values: null, requestedBy, reason }) };
  });
}
