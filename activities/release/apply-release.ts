import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { acceptedReleaseDigest, releaseOutcome, requireRelease } from '../../adaptor/data/control/releases.ts';
import { closeUndoRun } from '../../adaptor/data/control/runs.ts';
import { requireApprovedBatch, useHeldApproval } from '../../adaptor/data/control/waiting-approvals.ts';
import { readHeldWindow } from '../../adaptor/data/injection/held-window.ts';
import type { SignReceipt } from '../../adaptor/data/injection/incoming-window.ts';
import { applyApproved } from '../../adaptor/data/release/apply-approved.ts';
import { applyRelease as write } from '../../adaptor/data/release/apply-release.ts';
import { applyUndo } from '../../adaptor/data/release/apply-undo.ts';
import { openRecord } from '../../adaptor/data/sealing/open-record.ts';
import { findWindowOfBatch } from '../../adaptor/data/state/window.ts';
import { requireUndo } from '../../adaptor/data/undo/undo-rows.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { ReleaseClaims, ReleaseOutcome } from '../../exchange/release.ts';
import { payloadDigest, readReleaseClaims } from '../auth/message-claims.ts';
import { type ActivityContext, type LinkSetup, linkOf } from '../link-setup.ts';
import { planCollections, planOf } from '../plans.ts';

/** Which accepted release is applied. */
export interface ApplyReleaseInput {
  readonly link: string;
  readonly releaseId: string;
  readonly runId: string;
}

/** What was written. */
export interface AppliedRelease {
  readonly outcome: ReleaseOutcome;
  /** Of a window that waited for approval: its ordinal, for the receipt that the cloud is owed. */
  readonly ordinal: number | null;
}

type Context = Pick<ActivityContext, 'links' | 'consumer' | 'reverse' | 'registry'>;

/** Writes what an accepted release allows. Throws `release-not-accepted`, `message-expired`, or as the injector does. */
export async function applyRelease(context: Context, { link, releaseId, runId }: ApplyReleaseInput): Promise<AppliedRelease> {
  const setup = linkOf(context, link);
  const release = await requireRelease(context.consumer, releaseId);
  // Its bytes were verified when it was accepted, under this digest.
  const digest = release.jws === null ? null : payloadDigest(release.jws);
  if (release.jws === null || digest !== (await acceptedReleaseDigest(context.consumer, releaseId)))
    throw new TidegateError('release-not-accepted', undefined, { release: releaseId });
  const claims = readReleaseClaims(release.jws);
  if (Date.now() >= claims.exp * 1000) throw new TidegateError('message-expired', undefined, { release: releaseId });
  if (claims.act === 'approve') return writeApproved(context, { setup, id: releaseId, claims, runId });
  if (claims.act === 'undo') return writeUndo(context, { setup, id: releaseId, claims, runId });
  const plan = await planOf(context.consumer, setup, claims.orders[0]?.collection ?? '');
  const outcome = await write(context.reverse, {
    plan,
    id: releaseId,
    values: release.values,
    claims,
    runId,
    open: (record) => openRecord(record, plan, setup.cipher),
  });
  return { outcome, ordinal: null };
}

interface Released {
  readonly setup: LinkSetup;
  readonly id: string;
  readonly claims: ReleaseClaims;
  readonly runId: string;
}

/** The window that waited for approval. Its manifest is proved as of the moment when it came: a manifest ages, evidence does not. */
async function writeApproved(context: Context, { setup, id, claims, runId }: Released): Promise<AppliedRelease> {
  const { consumer, registry } = context;
  const collection = claims.orders[0]?.collection ?? '';
  const { batchId } = await requireApprovedBatch(consumer, setup.name, claims.subject);
  const applied = await findWindowOfBatch(consumer, setup.name, collection, batchId);
  const held = await readHeldWindow(consumer, batchId);
  if (held === undefined && applied === undefined) throw new TidegateError('release-not-accepted', 'The window that was set down is gone.', { release: id });
  let outcome: ReleaseOutcome = 'unchanged';
  const manifestJws = held?.manifest ?? applied?.manifest ?? '';
  const at = {
    registry,
    audience: partyId('crm', setup.identity),
    issuerSide: 'cloud',
    nowMs: (held?.heldAt ?? applied?.finishedAt ?? new Date()).getTime(),
  } as const;
  const { claims: manifest } = await verify(manifestJws, 'manifest', at);
  if (held !== undefined) {
    const plan = await planOf(consumer, setup, collection);
    const signReceipt: SignReceipt = (receipt) => issue(setup.signingKey, 'receipt', receipt);
    outcome = await applyApproved(context.reverse, { plan, id, claims, held, manifest, runId, signReceipt });
  } else outcome = (await releaseOutcome(consumer, id)) ?? outcome;
  const { rows, tombstones, last } = manifest;
  await useHeldApproval(consumer, claims.subject, { rows, tombstones, last: last !== false });
  return { outcome, ordinal: manifest.ordinal };
}

/** Records of a run, put back; the run of the undo is in the CRM's log with its books. */
async function writeUndo({ consumer, reverse }: Context, { setup, id, claims, runId }: Released): Promise<AppliedRelease> {
  const undo = await requireUndo(consumer, setup.name, claims.subject);
  const planned = await planCollections(consumer, setup);
  const names = new Set(claims.orders.map(({ collection }) => collection));
  const plans = planned.flatMap(({ plan, collection }) => (plan !== undefined && names.has(collection) ? [plan] : []));
  const { outcome, changed } = await applyUndo(reverse, { plans, id, undo, claims, runId });
  await closeUndoRun(consumer, runId, { offered: undo.records ?? changed, applied: changed });
  return { outcome, ordinal: null };
}
