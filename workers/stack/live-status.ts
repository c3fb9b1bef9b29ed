import type { Pool } from 'pg';
import { type LinkStatus, readLinkStatus } from '../../adaptor/data/control/link-status.ts';
import type { LinkConfig } from '../../configuration/config.ts';
import { statusQuestions } from '../../configuration/status-questions.ts';
import { linkName } from '../../exchange/names.ts';
import { changedLines, rowsOf, screenLines } from './status-lines.ts';

const EVERY_MS = 2000;

/** A status that is shown until it is stopped. */
export interface LiveStatus {
  stop(): void;
}

/** Where a status is shown: a terminal, or what takes lines. */
export type StatusStream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns' | 'rows'>;

/** Draws how links stand: in place on a terminal, elsewhere a line for each thing that has changed. */
export function statusPainter(stream: StatusStream = process.stdout): (statuses: readonly LinkStatus[], now: Date) => void {
  const known = new Map<string, string>();
  let drawn: readonly string[] = [];
  return (statuses, now) => {
    if (!stream.isTTY || process.env['TERM'] === 'dumb') {
      for (const line of changedLines(statuses, known, now)) stream.write(`${line}\n`);
      return;
    }
    // Of some terminals the size is not known: it is then 0.
    const [columns, rows] = [stream.columns || 80, stream.rows || 24];
    const above = rowsOf(drawn, columns);
    drawn = screenLines(statuses, now.getTime(), { columns, rows });
    stream.write(`${above === 0 ? '' : `\r\u001B[${above}A\u001B[J`}${drawn.join('\n')}\n`);
  };
}

/** Shows each collection's records, what waits to be sent, since when it is proved complete and was last pulled, and what is held back, every other second. */
export function showStatus(pool: Pool, links: readonly LinkConfig[]): LiveStatus {
  const paint = statusPainter();
  let busy = false;
  let stopped = false;
  const show = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const statuses: LinkStatus[] = [];
      for (const link of links) statuses.push(await readLinkStatus(pool, linkName(link), statusQuestions(link)));
      if (!stopped) paint(statuses, new Date());
    } catch {
      // A part that is being restarted: the next look tells more.
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void show(), EVERY_MS);
  void show();
  return {
    stop: () => {
      stopped = true;
      clearInterval(timer);
    },
  };
}
