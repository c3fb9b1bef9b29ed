import { requireApprovedBatch } from '../../adaptor/data/control/waiting-approvals.ts';
import { readMessage } from '../../adaptor/data/control/reverse-messages.ts';
import type { StoredRelease } from '../../adaptor/data/control/releases.ts';
import { readHeldWindow } from '../../adaptor/data/injection/held-window.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';
import { readSubject } from '../../adaptor/data/release/read-subject.ts';
import { contentDigest, releaseOrder } from '../../adaptor/data/release/released-record.ts';
import { planUndo, undoOrders } from '../../adaptor/data/undo/plan-undo.ts';
import type { UndoRefusal } from '../../adaptor/data/undo/undo-records.ts';
import { requireUndo } from '../../adaptor/data/undo/undo-rows.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { ReleaseOrder } from '../../exchange/release.ts';
import { readMessageClaims } from '../auth/message-claims.ts';
import type { LinkSetup } from '../link-setup.ts';
import { planCollections, planOf } from '../plans.ts';

/** What a release is made of: the digest of what is to be written, and what of it the database has to let through. */
export interface ReleaseContent {
  readonly content: string;
  readonly orders: readonly ReleaseOrder[];
  readonly by: string;
  readonly reason: string;
  /** Records that are written and left alone, where the release is an undo. */
  readonly undo?: { readonly id: number; readonly records: number; readonly refusals: readonly UndoRefusal[]; readonly exceptEdited: boolean };
}

/** Works out what a decision would write. Nothing is changed. Throws as readSubject, releaseOrder and planUndo do, or `release-not-accepted`. */
export async function releaseContent(client: Queryable, setup: LinkSetup, release: StoredRelease): Promise<ReleaseContent> {
  if (release.act === 'approve') return approvedContent(client, setup, release.subject);
  if (release.act === 'undo') return undoContent(client, setup, release.subject);
  const record = await readSubject(client, release);
  const order = await releaseOrder(client, await planOf(client, setup, record.collection), record);
  return { content: contentDigest(record), orders: [order], by: release.requestedBy, reason: release.reason };
}

/** A window that was set down: by its digest, with what its message ordered, in the name of who approved it. */
async function approvedContent(client: Queryable, { name }: LinkSetup, approval: number): Promise<ReleaseContent> {
  const { batchId, by, reason, collection } = await requireApprovedBatch(client, name, approval);
  const held = await readHeldWindow(client, batchId);
  const message = held === undefined ? undefined : await readMessage(client, held.messageId);
  const order = message === undefined ? undefined : readMessageClaims(message.jws).orders.find((one) => one.collection === collection);
  if (held === undefined || order === undefined) throw new TidegateError('release-not-accepted', 'The window that was set down is gone.', { approval });
  return { content: held.digest, orders: [{ collection, fields: order.fields, operations: order.operations, keys: null, localKeys: null }], by, reason };
}

async function undoContent(client: Queryable, setup: LinkSetup, id: number): Promise<ReleaseContent> {
  const undo = await requireUndo(client, setup.name, id);
  const planned = await planCollections(client, setup);
  const content = await planUndo(
    client,
    planned.flatMap(({ plan }) => plan ?? []),
    undo,
  );
  const { records, refusals } = content;
  const told = { id, records: records.length, refusals, exceptEdited: undo.exceptEdited };
  return { content: contentDigest(records), orders: undoOrders(content), by: undo.requestedBy, reason: undo.reason, undo: told };
}
