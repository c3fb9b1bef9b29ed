import type { ForwardProgress } from './forward-messages.ts';
import type { ReconciledCollection } from './reconcile.ts';
import type { ReverseProgress } from './reverse-messages.ts';

/** A text that cannot change the shape of the Markdown it stands in. */
function plain(text: string): string {
  return text.replaceAll(/[\r\n|`*_<>[\]]/g, ' ').trim();
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
