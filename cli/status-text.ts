import { type Expiry, expiryText } from '../adaptor/auth/expiry.ts';
import type { CollectionCount, LinkStatus } from '../adaptor/data/control/link-status.ts';
import { table } from './output.ts';
import { DIRECTION_WORDS, MESSAGE_WORDS } from './words.ts';

/** A span of time in the largest unit that fits. */
export function ago(fromMs: number, toMs: number): string {
  const seconds = Math.max(0, Math.round((toMs - fromMs) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

/** A collection's state; the way back is named beside it only where it stands otherwise, and not where nothing came back yet. */
function stateText({ state, reverseState }: CollectionCount): string {
  const there = state ?? 'new';
  return reverseState === null || reverseState === 'new' || reverseState === there ? there : `${there}, ${DIRECTION_WORDS.reverse}: ${reverseState}`;
}

const messageWord = (state: string | null): string => (state === null ? '' : (MESSAGE_WORDS[state] ?? state));

/** The status of a link for a terminal. */
export function statusText({ link, state, reason, collections, expiring = [] }: LinkStatus & { readonly expiring?: readonly Expiry[] }, now: Date): string {
  const rows = collections.map((c) => [
    c.collection,
    c.records === null ? '?' : String(c.records),
    stateText(c),
    c.lagMs === 0 ? '-' : `${(c.lagMs / 1000).toFixed(1)} s`,
    c.provenAt === null ? 'never' : ago(c.provenAt.getTime(), now.getTime()),
    c.lastMessageAt === null ? 'none' : `${ago(c.lastMessageAt.getTime(), now.getTime())} (${messageWord(c.lastMessageState)})`,
    String(c.quarantined),
    String(c.conflicts),
  ]);
  const reasons = collections.flatMap((c) => [c.stateReason, c.reverseStateReason].flatMap((why) => (why === null ? [] : [`${c.collection}: ${why}`])));
  const unconfirmed = collections
    .filter((c) => c.unconfirmed > 0)
    .map((c) => `${c.collection}: ${c.unconfirmed} record(s) of the cloud that the new load does not name; the next pull offers them to the CRM.`);
  return [
    `${link}: ${state ?? 'not opened yet'}${reason === null ? '' : ` (${reason})`}`,
    table(['collection', 'records', 'state', 'waits for', 'up to date as of', 'last pull', 'set aside', 'conflicts'], rows),
    ...reasons,
    ...unconfirmed,
    ...expiring.map((expiry) => `WARNING: ${expiryText(expiry)}`),
  ].join('\n');
}
