import {
  type WaitingApproval,
  discardHeld,
  expireApproval,
  requireApproval,
  requireApprovedBatch,
  supersedeApproval,
} from '../../adaptor/data/control/waiting-approvals.ts';
import { requireRelease, writeRelease } from '../../adaptor/data/control/releases.ts';
import { writeRequest } from '../../adaptor/data/control/sync-requests.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { LinkName } from '../../exchange/names.ts';
import type { ActivityContext } from '../link-setup.ts';

export type { WaitingApproval } from '../../adaptor/data/control/waiting-approvals.ts';

/** Which approval of which link. */
export interface ApprovalPlace {
  readonly link: string;
  readonly approval: number;
}

/** A decision as a Temporal update brings it. It counts only where the CRM has recorded it. */
export interface ToldDecision extends ApprovalPlace {
  readonly approved: boolean;
  readonly by: string;
  readonly reason: string;
}

type Context = Pick<ActivityContext, 'consumer'>;

/** What waits, and what was decided. */
export function readApproval({ consumer }: Context, { link, approval }: ApprovalPlace): Promise<WaitingApproval> {
  return requireApproval(consumer, link, approval);
}

/**
 * Compares a decision that an update brought with the CRM's own row: whoever reaches Temporal is no user of the CRM, so the row, which
 * only the roles of the CRM's application and operators may write, alone decides. Throws `decision-not-recorded`; that is in the audit log.
 */
export async function confirmDecision({ consumer }: Context, { link, approval, approved, by, reason }: ToldDecision): Promise<WaitingApproval> {
  const row = await requireApproval(consumer, link, approval);
  const same = row.state === (approved ? 'approved' : 'rejected') && row.decidedBy === by && row.decidedReason === reason;
  if (same) return row;
  const error = new TidegateError('decision-not-recorded', `It is ${row.state}.`, { approval });
  await recordAudit(consumer, { link: link as LinkName, event: 'decision-refused', code: error.code, subject: String(approval), facts: { state: row.state } });
  throw error;
}

/** Ends what nobody decided in its time. Gives the state: it may have been decided in the last moment. */
export async function endWaiting({ consumer }: Context, { link, approval }: ApprovalPlace): Promise<WaitingApproval> {
  await expireApproval(consumer, approval);
  return requireApproval(consumer, link, approval);
}

/** Destroys what was set down for a decision that was not approved. Gives the state. */
export async function discardHeldWindow({ consumer }: Context, { approval }: ApprovalPlace): Promise<{ readonly state: WaitingApproval['state'] }> {
  return { state: await inTransaction(consumer, (client) => discardHeld(client, approval)) };
}

/** Writes the release down that an approval of a window that was set down asks for, under an id that the workflow chose. */
export async function askApprovedRelease({ consumer }: Context, { link, approval, releaseId }: ApprovalPlace & { readonly releaseId: string }): Promise<void> {
  await inTransaction(consumer, async (client) => {
    const { by, reason } = await requireApprovedBatch(client, link, approval);
    const known = await requireRelease(client, releaseId).catch(() => undefined);
    if (known === undefined) await writeRelease(client, { link, act: 'approve', subject: approval, values: null, requestedBy: by, reason }, releaseId);
  });
}

/** Gives up an approval that could not be carried out, and destroys what was set down. */
export async function giveUpApproval({ consumer }: Context, { approval }: ApprovalPlace): Promise<void> {
  await inTransaction(consumer, async (client) => {
    await supersedeApproval(client, approval);
    await discardHeld(client, approval);
  });
}

/** Asks for the run that goes on after an approval, in the name of who decided. */
export async function orderApproved(
  {
    consumer,
    triggerReverse,
    ensureForwardChain,
  }: Context & {
    readonly triggerReverse: (link: string) => Promise<void>;
    readonly ensureForwardChain: (link: string) => Promise<unknown>;
  },
  { link, approval }: ApprovalPlace,
): Promise<void> {
  const { direction, collection, decidedBy } = await requireApproval(consumer, link, approval);
  const reason = `Approval ${approval}.`;
  await writeRequest(consumer, { link, direction, cause: 'user', collections: [collection], records: null, requestedBy: decidedBy, reason });
  await (direction === 'forward' ? ensureForwardChain(link) : triggerReverse(link));
}
