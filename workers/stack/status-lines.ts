import type { CollectionCount, LinkStatus } from '../../adaptor/data/control/link-status.ts';

/** What fits on a terminal. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const HEADERS = ['', 'records', 'waits for', 'up to date as of', 'last pull', ''] as const;

/** How links stand, for a terminal on which it is drawn again and again: no line is wider, and they are not more, than fits. */
export function screenLines(statuses: readonly LinkStatus[], nowMs: number, { columns, rows }: ScreenSize): readonly string[] {
  const since = (at: Date | null): string => (at === null ? 'never' : `${Math.max(0, Math.round((nowMs - at.getTime()) / 1000))} s ago`);
  const lines = statuses.flatMap((status) => {
    const cells = status.collections.map((c) => [
      c.collection,
      String(c.records ?? '?'),
      `${(c.lagMs / 1000).toFixed(1)} s`,
      since(c.provenAt),
      since(c.lastMessageAt),
      heldBack(c),
    ]);
    const widths = HEADERS.map((header, i) => Math.max(header.length, ...cells.map((row) => row[i]?.length ?? 0)));
    const line = (row: readonly string[]): string =>
      `  ${row.map((cell, i) => (i === 1 || i === 2 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ')}`.trimEnd();
    return [linkLine(status), ...(cells.length === 0 ? [] : [line(HEADERS), ...cells.map(line)])];
  });
  // The cursor stands below the last line.
  const room = Math.max(1, rows - 1);
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `  ... ${lines.length - room + 1} more lines: npx tidegate status`];
  return shown.map((line) => (line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`));
}

/** Rows that lines take on a terminal, which may have been narrowed since they were drawn. */
export function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((sum, { length }) => sum + Math.max(1, Math.ceil(length / columns)), 0);
}

/**
 * What has changed since the last look, a line each with its time: a link's state, and of collections what they hold, what is set
 * aside or in conflict, and a pull. What only goes on (lag, proofs) is no change. `known` is what was told last, and is brought up to date.
 */
export function changedLines(statuses: readonly LinkStatus[], known: Map<string, string>, at: Date): readonly string[] {
  const told = statuses.flatMap((status) => [
    { of: status.link, text: linkLine(status) },
    ...status.collections.map((c) => ({ of: `${status.link} ${c.collection}`, text: collectionLine(status.link, c) })),
  ]);
  const changed = told.filter(({ of, text }) => known.get(of) !== text);
  for (const { of, text } of changed) known.set(of, text);
  return changed.map(({ text }) => `${at.toISOString().slice(0, 19)}Z ${text}`);
}

function linkLine({ link, state, reason }: LinkStatus): string {
  return `${link}: ${state ?? 'not opened yet'}${reason === null ? '' : ` (${reason})`}`;
}

function collectionLine(link: string, c: CollectionCount): string {
  const pulled = c.lastMessageAt === null ? 'not pulled yet' : `last pull ${c.lastMessageAt.toISOString().slice(0, 19)}Z`;
  return [`${link} ${c.collection}: ${c.records ?? '?'} records`, pulled, heldBack(c)].filter(Boolean).join(', ');
}

function heldBack({ quarantined, conflicts }: CollectionCount): string {
  return [quarantined > 0 ? `${quarantined} set aside` : '', conflicts > 0 ? `${conflicts} in conflict` : ''].filter(Boolean).join(', ');
}
