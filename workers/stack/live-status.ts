import type { Pool } from 'pg';
import { type LinkStatus, readLinkStatus } from '../../adaptor/data/control/link-status.ts';
import type { LinkConfig } from '../../configuration/config.ts';
import { statusQuestions } from '../../configuration/status-questions.ts';
import { linkName } from '../../exchange/names.ts';

const EVERY_MS = 2000;

/** A status that is shown until it is stopped. */
export interface LiveStatus {
  stop(): void;
}

/** Shows each collection's records, lag, last proven complete and last reverse message: in place on a terminal, else a line when something changed. */
export function showStatus(pool: Pool, links: readonly LinkConfig[], stream: NodeJS.WriteStream = process.stdout): LiveStatus {
  let lines = 0;
  let shown = '';
  let busy = false;
  const show = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const statuses: LinkStatus[] = [];
      for (const link of links) statuses.push(await readLinkStatus(pool, linkName(link), statusQuestions(link)));
      const text = statuses.map((status) => statusLines(status, stream.isTTY ? Date.now() : undefined)).join('');
      if (stream.isTTY) stream.write(`${lines > 0 ? `\u001B[${lines}A\u001B[J` : ''}${text}`);
      else if (text !== shown) stream.write(text);
      shown = text;
      lines = text.split('\n').length - 1;
    } catch {
      // A part that is being restarted: the next look tells more.
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void show(), EVERY_MS);
  void show();
  return { stop: () => clearInterval(timer) };
}

/** One line for a link and one for each collection. Without a time, moments are left out so that only changes show. */
function statusLines({ link, state, reason, collections }: LinkStatus, nowMs: number | undefined): string {
  const since = (at: Date | null): string =>
    at === null ? 'never' : nowMs === undefined ? at.toISOString().slice(0, 16) : `${Math.max(0, Math.round((nowMs - at.getTime()) / 1000))} s ago`;
  const rows = collections.map((c) => {
    const waiting = [c.quarantined > 0 ? `${c.quarantined} set aside` : '', c.conflicts > 0 ? `${c.conflicts} conflicts` : ''].filter(Boolean).join(', ');
    return `  ${c.collection.padEnd(16)} ${String(c.records ?? '?').padStart(9)} records  lag ${(c.lagMs / 1000).toFixed(1).padStart(5)} s  proven complete ${since(c.provenAt)}  last reverse message ${since(c.lastMessageAt)}${waiting === '' ? '' : `  ${waiting}`}\n`;
  });
  return `${link}: ${state ?? 'not opened yet'}${reason === null ? '' : ` (${reason})`}\n${rows.join('')}`;
}
