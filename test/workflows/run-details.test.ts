import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvalDetails, forwardDetails, planDetails, reconcileDetails, reverseDetails, runReference } from '../../workflows/run-details.ts';

/* What an operator reads in the Temporal UI at three in the morning. It is Markdown; what users typed stands in it. */

const LINK = 'acme/test/hub';
const FORWARD = { phase: 'pumps changes', epoch: 7, paused: null, failures: 0, lastFailure: null, collections: [] };
const REVERSE = { link: LINK, messageId: 'm-1', phase: 'receives contacts', collections: [], held: [], ignoredSignals: 0 };
const WAITS = {
  collection: 'contacts',
  direction: 'reverse',
  kind: 'breach',
  code: 'delete-budget-exceeded',
  changes: 5,
  deletes: 3,
  state: 'waiting',
  decidedBy: null,
  decidedReason: null,
  held: true,
  leftMs: 3_600_000,
} as const;
const ASKED = { phase: 'waits for a decision', decided: null, refusedUpdates: 0 };
const FORECAST = { collection: 'contacts', insert: 1, update: 2, delete: 3, unchanged: 4, conflicted: 5, quarantined: 6, filtered: 7, waits: null, code: null };

describe('a forward run', () => {
  it('says what it does, and no more while all is well', () => {
    expect(forwardDetails(LINK, FORWARD)).toBe(`**Forward synchronisation of ${LINK}**: pumps changes (epoch 7)`);
    expect(forwardDetails(LINK, { ...FORWARD, epoch: 0 })).not.toContain('epoch');
  });

  it('says who paused it and why, what failed how often, and how each collection stands', () => {
    const text = forwardDetails(LINK, {
      ...FORWARD,
      phase: 'is paused',
      paused: { by: 'anna', reason: 'audit' },
      failures: 3,
      lastFailure: 'connection-failed',
      collections: [
        { collection: 'contacts', state: 'open', reason: null },
        { collection: 'tasks', state: 'drifted', reason: 'crm.tasks is not attached' },
      ],
    });
    for (const told of [
      'Paused by anna: audit',
      '3 failed session(s) in a row, last: `connection-failed`',
      '- contacts: open',
      '- tasks: drifted (crm.tasks is not attached)',
    ])
      expect(text.split('\n\n')).toContain(told);
  });
});

describe('a reverse run', () => {
  it('names its message, its windows, what waits for approval, and signals that changed nothing', () => {
    const collections = [
      { collection: 'contacts', windows: 2, offered: 30, finished: true },
      { collection: 'tasks', windows: 0, offered: 0, finished: false },
    ];
    expect(reverseDetails({ ...REVERSE, collections, held: ['tasks'], ignoredSignals: 2 }).split('\n\n')).toEqual([
      `**Reverse synchronisation of ${LINK}**: receives contacts`,
      'Ordered by message `m-1`',
      '- contacts: 2 window(s), 30 record(s), complete',
      '- tasks: 0 window(s), 0 record(s)',
      'Waits for approval (tidegate approvals): tasks',
      '2 further signal(s) were ignored.',
    ]);
  });

  it('claims no link and no message before it has verified one', () => {
    expect(reverseDetails({ ...REVERSE, link: null, messageId: null, phase: 'waits for its message' })).toBe(
      '**Reverse synchronisation**: waits for its message',
    );
  });
});

describe('what waits for approval', () => {
  it('says what, how much of it are deletes, what to type, and how long there is', () => {
    const text = approvalDetails(LINK, 9, WAITS, ASKED);
    expect(text).toContain('contacts, reverse, breach (`delete-budget-exceeded`): 5 record(s), 3 of them delete(s)');
    expect(text).toContain('tidegate approve 9 --reason ... or tidegate reject 9 --reason ..., within 60 min');
  });

  it.each([
    [72 * 3_600_000, '72 h'],
    [2 * 3_600_000, '2 h'],
    [2 * 3_600_000 - 1, '119 min'],
    [10 * 60_000, '10 min'],
    [59_999, '0 min'],
  ])('of which %i ms are left says %s: the last half hour is not “0 h”', (leftMs, told) => {
    expect(approvalDetails(LINK, 9, { ...WAITS, leftMs }, ASKED)).toContain(`within ${told}`);
  });

  it('says who decided and why, and asks for nothing then', () => {
    for (const approved of [true, false]) {
      const text = approvalDetails(
        LINK,
        9,
        { ...WAITS, state: approved ? 'approved' : 'rejected' },
        { ...ASKED, decided: { approved, by: 'anna', reason: 'It was meant.' } },
      );
      expect(text).toContain(`${approved ? 'Approved' : 'Rejected'} by anna: It was meant.`);
      expect(text).not.toContain('tidegate approve');
    }
  });

  it('says that somebody tried to decide what the CRM had not recorded', () => {
    expect(approvalDetails(LINK, 9, WAITS, { ...ASKED, refusedUpdates: 2 })).toContain('2 update(s) were refused');
    expect(approvalDetails(LINK, 9, undefined, ASKED)).toBe(`**Approval 9 of ${LINK}**: waits for a decision`);
  });
});

describe('a plan and a comparison', () => {
  it('say each number by its name, what would wait, and what cannot be told', () => {
    const text = planDetails(LINK, 'forward', [
      FORECAST,
      { ...FORECAST, waits: 'load-needs-approval' },
      { ...FORECAST, collection: 'tasks', code: 'schema-drifted' },
    ] as never);
    expect(text).toContain('1 insert, 2 update, 3 delete, 4 unchanged, 5 conflicted, 6 quarantined, 7 filtered\n');
    expect(text).toContain('7 filtered (would wait: load-needs-approval)');
    expect(text).toContain('- tasks: schema-drifted');
    expect(text).toContain('nothing was changed');
    expect(planDetails(LINK, 'undo', [])).toContain('Plan of an undo of');
  });

  it('tell collections that differ, only wait, are repaired, failed, or are still to come apart', () => {
    const one = { collection: 'contacts', differences: 2, waiting: 1, repaired: 0, failed: null };
    const text = reconcileDetails(LINK, 'compares tasks', [
      one,
      { ...one, collection: 'notes', repaired: 2 },
      { ...one, collection: 'leads', failed: 'schema-drifted' },
      { ...one, collection: 'tasks', differences: null },
    ]);
    for (const told of [
      '- contacts: 2 record(s) differ, 1 only wait',
      '- notes: 2 record(s) differ, 1 only wait, repair of 2 queued',
      '- leads: `schema-drifted`',
      '- tasks: not compared yet',
    ])
      expect(text.split('\n\n')).toContain(told);
  });
});

describe('a text that somebody typed', () => {
  it('cannot become a heading, a link, code, a table or a line of its own', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('\n# Approved\n', '[x](https://evil.example)', '`code`', '<b>', '| a |', '**b**', '\r\n- item'),
        (some, trick) => {
          const reason = `${some}${trick}${some}`;
          const texts = [
            forwardDetails(LINK, { ...FORWARD, paused: { by: reason, reason } }).split('\n\n')[1],
            approvalDetails(LINK, 1, undefined, { ...ASKED, decided: { approved: true, by: reason, reason } }).split('\n\n')[1],
            forwardDetails(LINK, { ...FORWARD, collections: [{ collection: 'contacts', state: 'drifted', reason }] }).split('\n\n')[1],
          ];
          for (const text of texts) expect(text).not.toMatch(/[\r\n|`*_<>[\]]/);
        },
      ),
    );
  });

  it('in the name of a run leads to that run on the page and nowhere else', () => {
    expect(runReference(undefined, 'forward/a/b/c/1')).toBe('`forward/a/b/c/1`');
    expect(runReference('https://crm.example.com/console?tab=runs&run=', 'a b&tab=users')).toBe(
      '[a b&tab=users](https://crm.example.com/console?tab=runs&run=a%20b%26tab%3Dusers)',
    );
  });
});
