import type { Pool } from 'pg';
import type { Direction, LinkName } from '../../../exchange/names.ts';
import { translateDatabaseError } from '../database-error.ts';
import { inTransaction } from '../pool.ts';
import { type ReloadApproval, pauseLink, readLink, resumeLink } from '../state/link.ts';
import { type ApprovalDecision, decideBreach } from './approvals.ts';
import { keepConflict } from '../conflicts/conflict-rows.ts';
import { type DiscardOrder, discardSetAside, readWaitingPlace } from '../quarantine/discard.ts';
import { type NewErasure, writeErasure } from '../erasure/erasures.ts';
import { type NewPlan, writePlan } from '../planning/plan-rows.ts';
import { type NewUndo, writeUndo } from '../undo/undo-rows.ts';
import { recordAudit } from '../state/audit.ts';
import { type NewReconciliation, writeReconciliations } from './reconciliations.ts';
import { type NewRelease, writeRelease } from './releases.ts';
import { readPeriods, writePeriod } from './sync-periods.ts';
import { type NewRequest, writeRequest } from './sync-requests.ts';

/** The CRM's rows behind the scheduler (scheduler/link-store.ts). Errors of the database are `database-unavailable` or `database-refused`. */
export function postgresLinkStore(pool: Pool) {
  return {
    /** A link as its row says; undefined where it was never taken over. */
    readLink: (link: string) =>
      translated(async () => {
        const row = await readLink(pool, link as LinkName);
        return row === undefined ? undefined : { state: row.state, reason: row.stateReason, by: row.stateBy, epoch: row.epoch, openedRun: row.openedRun };
      }),
    /** Writes a request row and wakes the pump. Gives its id. */
    writeRequest: (request: NewRequest) => translated(() => writeRequest(pool, request)),
    /** Writes down what a user decided. Gives the id of the release to be. */
    writeRelease: (release: NewRelease) => translated(() => writeRelease(pool, release)),
    /** Writes down what is to be compared, also in the audit log. Gives the id by which it is found. */
    writeReconciliations: (asked: NewReconciliation) =>
      inTransaction(pool, async (client) => {
        const { link, collections, repair, deleteReceipted, requestedBy, reason } = asked;
        const id = await writeReconciliations(client, asked);
        const facts = { by: requestedBy, collections, repair, deleteReceipted, reason };
        await recordAudit(client, { link: link as LinkName, event: 'reconciliation-asked', subject: id, facts });
        return id;
      }),
    /** Writes down whose values are to be destroyed. Gives the number of the erasure. */
    writeErasure: (erasure: NewErasure) => translated(() => writeErasure(pool, erasure)),
    /** Where a record set aside waits, with its key in the CRM's table. */
    readWaiting: (link: string, id: number) =>
      translated(async () => {
        const { direction, collection, localKey } = await readWaitingPlace(pool, link, id);
        return { direction, collection, key: localKey };
      }),
    /** Gives up a record set aside; it is in the audit log. Gives the record that has to be sent again, if any. */
    discard: (order: DiscardOrder) =>
      inTransaction(pool, async (client) => {
        const again = await discardSetAside(client, order);
        const { link, id, by } = order;
        await recordAudit(client, { link: link as LinkName, event: 'quarantine-discarded', subject: String(id), facts: { by } });
        return again;
      }),
    /** Decides a waiting conflict for what stands; it is in the audit log. */
    keepConflict: (order: DiscardOrder) =>
      inTransaction(pool, async (client) => {
        await keepConflict(client, order);
        const { link, id, by } = order;
        await recordAudit(client, { link: link as LinkName, event: 'conflict-kept', subject: String(id), facts: { by } });
      }),
    /** Approves or rejects a breach of a budget; it is in the audit log. */
    decideBreach: (decision: ApprovalDecision) =>
      inTransaction(pool, async (client) => {
        const decided = await decideBreach(client, decision);
        const event = decision.approved ? 'breach-approved' : 'breach-rejected';
        const { changes, deletes } = decided;
        await recordAudit(client, { link: decision.link as LinkName, event, subject: String(decided.id), facts: { by: decision.by, changes, deletes } });
        return decided;
      }),
    /** Writes down that a plan is asked for. Gives its id. */
    writePlan: (plan: NewPlan) => translated(() => writePlan(pool, plan)),
    /** Writes an undo down; it is in the audit log. Gives its number. */
    writeUndo: (undo: NewUndo) =>
      inTransaction(pool, async (client) => {
        const id = await writeUndo(client, undo);
        await recordAudit(client, { link: undo.link as LinkName, event: 'undo-asked', subject: undo.run, facts: { by: undo.requestedBy, undo: id } });
        return id;
      }),
    /** Periods of a link that somebody has set, in milliseconds. */
    readPeriods: (link: string) => translated(() => readPeriods(pool, link)),
    /** Sets the period of one direction; it is in the audit log. */
    setPeriod: (link: string, direction: Direction, everyMs: number, by: string) =>
      inTransaction(pool, async (client) => {
        await writePeriod(client, link, direction, everyMs, by);
        await recordAudit(client, { link: link as LinkName, event: 'period-set', subject: by, facts: { direction, everyMs } });
      }),
    /** Pauses an open link. */
    pauseLink: (link: string, reason: string, by: string) => translated(() => pauseLink(pool, link as LinkName, reason, by)),
    /** Opens a paused or stopped link again. */
    resumeLink: (link: string, by: string, reload?: ReloadApproval) => inTransaction(pool, (client) => resumeLink(client, link as LinkName, by, reload)),
  };
}

async function translated<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw translateDatabaseError(error);
  }
}
