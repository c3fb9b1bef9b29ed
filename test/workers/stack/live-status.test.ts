import { describe, expect, it, vi } from 'vitest';
import type { CollectionCount, LinkStatus } from '../../../adaptor/data/control/link-status.ts';
import { statusPainter } from '../../../workers/stack/live-status.ts';
import { rowsOf, screenLines } from '../../../workers/stack/status-lines.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const LINK = 'acme/development/hub';
const collection = (name: string, more: Partial<CollectionCount> = {}): CollectionCount => ({
  link: LINK,
  collection: name,
  captured: true,
  loaded: true,
  reverseProvenAt: null,
  waiting: 0,
  setAside: 0,
  lastMessage: null,
  records: 12,
  state: 'open',
  stateCode: null,
  stateReason: null,
  reverseState: 'open',
  reverseStateCode: null,
  reverseStateReason: null,
  approval: null,
  reverseApproval: null,
  provenAt: new Date(NOW.getTime() - 2000),
  lagMs: 0,
  quarantined: 0,
  conflicts: 0,
  unconfirmed: 0,
  lastMessageAt: null,
  lastMessageState: null,
  ...more,
});
const status = (...collections: readonly CollectionCount[]): readonly LinkStatus[] => [{ link: LINK, state: 'open', reason: null, collections }];
const three = (records: number) => status(...['contacts', 'appointments', 'tasks'].map((name) => collection(name, { records })));

/** A terminal, as far as it is used: it wraps, scrolls nothing away, and knows the two orders that move and clear. */
function terminal(columns: number, rows = 24) {
  const screen: string[] = ['before'];
  let row = 1;
  const put = (text: string): void => {
    for (let at = 0; at === 0 || at < text.length; at += columns) {
      if (at > 0) row += 1;
      screen[row] = text.slice(at, at + columns);
    }
  };
  return {
    isTTY: true,
    columns,
    rows,
    write(text: string): boolean {
      // oxlint-disable-next-line no-control-regex
      const [, up] = /\u001B\[(\d+)A\u001B\[J/.exec(text) ?? [];
      if (up !== undefined) screen.length = row -= Number(up);
      // oxlint-disable-next-line no-control-regex
      const lines = text.replace(/^\r\u001B\[\d+A\u001B\[J/, '').split('\n');
      for (const line of lines.slice(0, -1)) {
        put(line);
        row += 1;
      }
      return true;
    },
    shown: () => screen,
  };
}

describe('the live status on a terminal', () => {
  it.each([200, 80, 40, 12])('is drawn in place at %i columns, whatever was drawn before', (columns) => {
    const stream = terminal(columns);
    const paint = statusPainter(stream as never);
    for (const records of [1, 1_000_000, 3]) paint(three(records), NOW);
    const shown = stream.shown();
    expect(shown[0]).toBe('before');
    expect(shown).toHaveLength(1 + 5);
    expect(Math.max(...shown.map(({ length }) => length))).toBeLessThanOrEqual(columns);
    if (columns >= 80) expect(shown[3]).toMatch(/^ {2}contacts +3 +0\.0 s +2 s ago +never$/);
  });

  it('goes on in place where the terminal is made narrower', () => {
    const stream = terminal(100);
    const paint = statusPainter(stream as never);
    paint(three(7), NOW);
    const wide = stream.shown().slice(1);
    const narrow = terminal(30);
    // As a terminal does that wraps anew what it shows.
    for (const line of wide) narrow.write(`${line}\n`);
    const columns = { ...stream, columns: 30, write: (text: string) => narrow.write(text) };
    Object.assign(stream, columns);
    paint(three(8), NOW);
    expect(narrow.shown()).toHaveLength(1 + 5);
    expect(narrow.shown().join('\n')).not.toContain(' 7 ');
  });

  it('says what it leaves out where there are more lines than rows', () => {
    const stream = terminal(80, 6);
    const paint = statusPainter(stream as never);
    const many = status(...Array.from({ length: 9 }, (_, i) => collection(`c${i}`)));
    for (let i = 0; i < 3; i++) paint(many, NOW);
    expect(stream.shown()).toHaveLength(1 + 5);
    expect(stream.shown().at(-1)).toBe('  ... 7 more lines: npx tidegate status');
  });
});

describe('the live status on a terminal of which no size is known', () => {
  // As those have that a container engine, a script or a build makes.
  it('is drawn in place as on one of 80 columns and 24 rows', () => {
    const [unknown, usual] = [0, 80].map((columns) => {
      const texts: string[] = [];
      const paint = statusPainter({ isTTY: true, columns, rows: columns === 0 ? 0 : 24, write: (text: string) => texts.push(text) > 0 } as never);
      for (const records of [1, 2]) paint(three(records), NOW);
      return texts;
    });
    expect(unknown).toEqual(usual);
    expect(unknown?.[1]).toContain('\u001B[5A');
  });
});

describe('the live status on a terminal that can only print', () => {
  it('is drawn nowhere: it is a line for what changed, as in a pipe', () => {
    vi.stubEnv('TERM', 'dumb');
    const texts: string[] = [];
    statusPainter({ isTTY: true, columns: 80, rows: 24, write: (text: string) => texts.push(text) > 0 } as never)(three(1), NOW);
    vi.unstubAllEnvs();
    expect(texts).toHaveLength(4);
    expect(texts[0]).toBe(`2026-11-25T12:00:00Z ${LINK}: open\n`);
  });
});

describe('a line of the live status', () => {
  const screen = (statuses: readonly LinkStatus[], size = { columns: 120, rows: 24 }) => screenLines(statuses, NOW.getTime(), size);

  it('says how a link stands, and why', () => {
    expect(screen([{ link: LINK, state: null, reason: null, collections: [] }])).toEqual([`${LINK}: not opened yet`]);
    expect(screen([{ link: LINK, state: 'paused', reason: 'month end', collections: [] }])).toEqual([`${LINK}: paused (month end)`]);
  });

  it('says what is not known, and what is held back', () => {
    const [, , line] = screen(status(collection('contacts', { records: null as never, provenAt: null, lagMs: 1249, quarantined: 3 })));
    expect(line).toMatch(/^ {2}contacts +\? +1\.2 s +never +never +3 set aside$/);
  });

  it('counts no time from what lies ahead, where clocks differ', () => {
    expect(screen(status(collection('contacts', { provenAt: new Date(NOW.getTime() + 5000) })))[2]).toContain(' 0 s ago');
  });

  it('is as long as fits, with a sign where it is cut', () => {
    const long = [{ link: LINK, state: 'paused', reason: 'x'.repeat(100), collections: [] }] as const;
    expect(screen(long, { columns: 40, rows: 24 })[0]).toMatch(/^.{38}…$/);
    const exact = `${LINK}: paused (${'x'.repeat(100)})`;
    expect(screen(long, { columns: exact.length + 1, rows: 24 })).toEqual([exact]);
    expect(screen(long, { columns: exact.length, rows: 24 })[0]).toHaveLength(exact.length - 1);
  });

  it('takes as many rows as it is wide, and one where it is empty', () => {
    expect([rowsOf([], 10), rowsOf(['', 'x'.repeat(10), 'x'.repeat(11)], 10)]).toEqual([0, 4]);
  });
});

describe('the live status in a pipe', () => {
  it('is a line for each thing that changed, with its time and zone, and nothing while all goes on', () => {
    const lines: string[] = [];
    const paint = statusPainter({ isTTY: false, columns: 80, rows: 24, write: (text: string) => lines.push(text) > 0 } as never);
    paint(status(collection('contacts'), collection('tasks')), NOW);
    expect(lines).toEqual([
      '2026-11-25T12:00:00Z acme/development/hub: open\n',
      '2026-11-25T12:00:00Z acme/development/hub contacts: 12 records, not pulled yet\n',
      '2026-11-25T12:00:00Z acme/development/hub tasks: 12 records, not pulled yet\n',
    ]);
    // A later proof and a lag are no change.
    paint(status(collection('contacts', { provenAt: NOW, lagMs: 900 }), collection('tasks')), NOW);
    expect(lines).toHaveLength(3);
    const lastMessageAt = new Date('2026-11-25T11:59:30Z');
    paint(status(collection('contacts', { lastMessageAt, quarantined: 1, conflicts: 2 }), collection('tasks')), NOW);
    expect(lines.slice(3)).toEqual([
      '2026-11-25T12:00:00Z acme/development/hub contacts: 12 records, last pull 2026-11-25T11:59:30Z, 1 set aside, 2 in conflict\n',
    ]);
  });
});
