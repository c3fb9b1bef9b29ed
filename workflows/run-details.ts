import type { WaitingApproval } from '../activities/approvals/wait-for-approval.ts';
import type { CollectionForecast } from '../activities/planning/compute-plan.ts';
import type { ApprovalProgress } from './approval-messages.ts';
import type { ForwardProgress } from './forward-messages.ts';
import type { ReconciledCollection } from './reconcile.ts';
import type { ReverseProgress } from './reverse-messages.ts';

/** A text that cannot change the shape of the Markdown it stands in. */
function plain(text: string): string {
  return text.replaceAll(/[\r\n|`*_<>[\]]/g, ' ').trim();
}

/** Names a run by its workflow's id, and leads to it on the CRM's page where `runPage`, the address up to that id, is known. */
export function runReference(runPage: string | undefined, workflowId: string): string {
  return runPage === undefined ? `\`${workflowId}\`` : `[${workflowId}](${runPage}${encodeURIComponent(workflowId)})`;
}

/** A time in hours; the last two of them in minutes, of which nobody is told more than there are. */
function timeLeft(leftMs: number): string {
  const minutes = Math.floor(leftMs / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** What the Temporal UI shows of a forward run (Markdown). */
export function forwardDetails(link: string, { phase, epoch, paused, failures, lastFailure, collections }: ForwardProgress): string {
  return [
    `**Forward synchronisation of ${link}**: ${plain(phase)}${epoch === 0 ? '' : ` (epoch ${epoch})`}`,
    ...(paused === null ? [] : [`Paused by ${plain(paused.by)}: ${plain(paused.reason)}`]),
    ...(failures === 0 ? [] : [`${failures} failed session(s) in a row, last: \`${lastFailure}\``]),
    ...collections.map((c) => `- ${c.collection}: ${c.state}${c.reason === null ? '' : ` (${plain(c.reason)})`}`),
  ].join('\n\n');
}

/** What the Temporal UI shows of a reverse run (Markdown). */
export function reverseDetails({ link, messageId, phase, collections, held, ignoredSignals }: ReverseProgress): string {
  return [
    `**Reverse synchronisation${link === null ? '' : ` of ${link}`}**: ${plain(phase)}`,
    ...(messageId === null ? [] : [`Ordered by message \`${messageId}\``]),
    ...collections.map((c) => `- ${c.collection}: ${c.windows} window(s), ${c.offered} record(s)${c.finished ? ', complete' : ''}`),
    ...(held.length === 0 ? [] : [`Waits for approval (tidegate approvals): ${held.join(', ')}`]),
    ...(ignoredSignals === 0 ? [] : [`${ignoredSignals} further signal(s) were ignored.`]),
  ].join('\n\n');
}

/** What the Temporal UI shows of a reconciliation (Markdown). */
export function reconcileDetails(link: string, phase: string, collections: readonly ReconciledCollection[]): string {
  return [
    `**Reconciliation of ${link}**: ${plain(phase)}`,
    ...collections.map(({ collection, differences, waiting, repaired, failed }) => {
      if (failed !== null) return `- ${collection}: \`${failed}\``;
      if (differences === null) return `- ${collection}: not compared yet`;
      return `- ${collection}: ${differences} record(s) differ, ${waiting} only wait${repaired === 0 ? '' : `, repair of ${repaired} queued`}`;
    }),
    'Which records: `tidegate reconcile --list`',
  ].join('\n\n');
}

/** What the Temporal UI shows of what waits for approval (Markdown). */
export function approvalDetails(
  link: string,
  approval: number,
  row: WaitingApproval | undefined,
  { phase, decided, refusedUpdates }: ApprovalProgress,
): string {
  const shown =
    row === undefined ? [] : [`${row.collection}, ${row.direction}, ${row.kind} (\`${row.code}\`): ${row.changes} record(s), ${row.deletes} of them delete(s)`];
  const until =
    row?.state === 'waiting' ? [`tidegate approve ${approval} --reason ... or tidegate reject ${approval} --reason ..., within ${timeLeft(row.leftMs)}`] : [];
  return [
    `**Approval ${approval} of ${link}**: ${plain(phase)}`,
    ...shown,
    ...until,
    ...(decided === null ? [] : [`${decided.approved ? 'Approved' : 'Rejected'} by ${plain(decided.by)}: ${plain(decided.reason)}`]),
    ...(refusedUpdates === 0 ? [] : [`${refusedUpdates} update(s) were refused: the CRM had not recorded them.`]),
  ].join('\n\n');
}

/** What the Temporal UI shows of a plan (Markdown). */
export function planDetails(link: string, direction: 'forward' | 'reverse' | 'undo', collections: readonly CollectionForecast[]): string {
  return [
    `**Plan of ${direction === 'undo' ? 'an undo' : `a ${direction} run`} of ${link}**: nothing was changed`,
    ...collections.map((c) =>
      c.code === null
        ? `- ${c.collection}: ${c.insert} insert, ${c.update} update, ${c.delete} delete, ${c.unchanged} unchanged, ${c.conflicted} conflicted, ${c.quarantined} quarantined, ${c.filtered} filtered${c.waits === null ? '' : ` (would wait: ${c.waits})`}`
        : `- ${c.collection}: ${c.code}`,
    ),
  ].join('\n\n');
}
