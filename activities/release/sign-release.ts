import { issue } from '../../adaptor/auth/sign.ts';
import { requireRelease, storeSignedRelease } from '../../adaptor/data/control/releases.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { requireLink } from '../../adaptor/data/state/link.ts';
import { noteUndo } from '../../adaptor/data/undo/undo-rows.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { ReleaseAct } from '../../exchange/release.ts';
import { payloadDigest, readReleaseClaims } from '../auth/message-claims.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { type ReleaseContent, releaseContent } from './release-content.ts';

/** Which decision becomes a release. */
export interface SignReleaseInput {
  readonly link: string;
  readonly releaseId: string;
}

/** What was signed, without values. */
export interface SignedRelease {
  readonly act: ReleaseAct;
  /** Several, of an undo, are joined by `, `. */
  readonly collection: string;
  readonly requestedBy: string;
  /** The release; null for an undo, which may name thousands of keys: its row has it. */
  readonly jws: string | null;
}

/**
 * Signs the release of a user's decision: what it is about, the digest of what is to be written, who and why. A repetition finds the
 * one that was signed. Throws `link-stopped`, `already-decided`, `record-not-found`, `bad-request`, `field-not-authorised`,
 * `key-invalid`, `release-not-accepted` (it has ended, or is another link's), `undo-refused`, `nothing-to-undo`, `undo-too-large`.
 */
export async function signRelease(context: Pick<ActivityContext, 'links' | 'consumer'>, { link, releaseId }: SignReleaseInput): Promise<SignedRelease> {
  const setup = linkOf(context, link);
  const signed = await inTransaction(context.consumer, async (client) => {
    const release = await requireRelease(client, releaseId);
    if (release.link !== link || (release.state !== 'asked' && release.state !== 'signed'))
      throw new TidegateError('release-not-accepted', `It is ${release.state}.`, { release: releaseId });
    const { act, subject } = release;
    if (release.jws !== null) return signedOf(release.jws);
    const { state } = await requireLink(client, setup.name);
    if (state !== 'open') throw new TidegateError('link-stopped', `It is ${state}.`, { link, state });
    const { content, orders, by, reason, undo } = await releaseContent(client, setup, release);
    if (undo !== undefined) await noteUndo(client, undo.id, undo.records, undo.refusals);
    const refusal = undo === undefined ? undefined : undoRefused(undo);
    if (refusal !== undefined) return refusal;
    const { tenant, environment, link: name } = setup.identity;
    const body = { tenant, environment, link: name, act, subject, content, by, reason, orders: [...orders] };
    const jws = await issue(setup.signingKey, 'release', body, { id: releaseId, audience: partyId('crm', setup.identity) });
    await storeSignedRelease(client, readReleaseClaims(jws), jws, payloadDigest(jws));
    return signedOf(jws);
  });
  // Thrown behind the transaction, which keeps the list of what was refused.
  if (signed instanceof TidegateError) throw signed;
  return signed;
}

function signedOf(jws: string): SignedRelease {
  const { act, by, orders } = readReleaseClaims(jws);
  return { act, requestedBy: by, collection: [...new Set(orders.map((order) => order.collection))].join(', '), jws: act === 'undo' ? null : jws };
}

function undoRefused({ id, records, refusals, exceptEdited }: NonNullable<ReleaseContent['undo']>): TidegateError | undefined {
  if (refusals.length > 0 && !exceptEdited) return new TidegateError('undo-refused', `${refusals.length} of ${records + refusals.length}.`, { undo: id });
  return records === 0
    ? new TidegateError('nothing-to-undo', refusals.length === 0 ? undefined : `${refusals.length} were edited since.`, { undo: id })
    : undefined;
}
