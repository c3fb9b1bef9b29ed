import { describe, expect, it } from 'vitest';
import type { Run, Status, SyncRequest } from '../../../../crm/page/src/api/answers.ts';
import type { AlarmShown, Health } from '../../../../crm/page/src/console/answers.ts';
import { LEDGER_FAULTS } from '../../../../exchange/ledger.ts';
import { readAs } from '../../../support/page-reader.ts';

readAs({ languages: ['en-GB'], zone: 'Europe/Berlin' });
const { proofStanding, provenUpTo } = await import('../../../../crm/page/src/synchronisation/last-proven.tsx');
const { pullOutcome } = await import('../../../../crm/page/src/synchronisation/pull-progress.tsx');
const { alarmText } = await import('../../../../crm/page/src/console/alarm-list.tsx');
const { isWell } = await import('../../../../crm/page/src/console/health-view.tsx');
const { texts } = await import('../../../../crm/page/src/texts/texts.ts');
const { asideText, ledgerFaultText } = await import('../../../../crm/page/src/texts/reason-text.ts');

const NOW = Date.parse('2026-07-30T12:00:00Z');
const status = (states: readonly string[], proofs: readonly (string | null)[], refusal: string | null = null): Status =>
  ({ links: states.map((state) => ({ state, refusal })), collections: proofs.map((provenAt) => ({ provenAt })) }) as unknown as Status;
const [EARLY, LATE] = ['2026-07-30T11:50:00Z', '2026-07-30T11:59:00Z'];

describe('how far the cloud is', () => {
  it('is as far as the collection that is furthest behind', () => {
    expect(provenUpTo(status(['open'], [LATE, EARLY, LATE]))).toBe(EARLY);
    expect(proofStanding(status(['open'], [LATE, EARLY]), NOW)).toMatchObject({ text: expect.stringContaining('10 min ago'), short: '10 min ago' });
  });

  it('is not said while anything of it was never proved', () => {
    expect(provenUpTo(status(['open'], [LATE, null]))).toBeNull();
    expect(provenUpTo(status(['open'], []))).toBeNull();
    expect(proofStanding(status(['open'], [null]), NOW).text).toBe(texts.proven.nothing);
  });

  it('comes after what stands still: a stop before a pause, whatever was proved', () => {
    expect(proofStanding(status(['open', 'paused'], [LATE]), NOW).text).toBe(texts.proven.paused);
    expect(proofStanding(status(['paused', 'stopped'], [LATE]), NOW).text).toBe(texts.proven.stopped);
  });
});

describe('a pull that was ordered', () => {
  const run = (state: string, books: Partial<Run['books']> = {}): Run =>
    ({ state, books: { offered: 0, applied: 0, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0, ...books } }) as Run;
  const asked = (state: SyncRequest['state'], its: Run | null = null, leftOut: SyncRequest['leftOut'] = null): SyncRequest => ({
    id: 'r',
    state,
    leftOut,
    run: its,
  });

  it('waits until a run takes it up, and is under way as soon as one of them is', () => {
    expect(pullOutcome([undefined]).text).toBe(texts.sync.ordered);
    expect(pullOutcome([asked('open'), undefined]).text).toBe(texts.sync.ordered);
    expect(pullOutcome([asked('done', run('completed')), asked('claimed')]).text).toBe(texts.sync.running);
  });

  it('tells what came in, of all links together', () => {
    const { text, failed } = pullOutcome([
      asked('done', run('completed', { offered: 3, applied: 2, conflicted: 1 })),
      asked('done', run('completed', { offered: 3, applied: 1, quarantined: 2 })),
    ]);
    expect([text, failed]).toEqual(['Done: 3 changes came in, 1 conflict, 2 set aside.', false]);
    expect(pullOutcome([asked('done', run('completed', { offered: 1, applied: 1 }))]).text).toBe('Done: 1 change came in.');
    expect(pullOutcome([asked('done', run('completed'))]).text).toBe(texts.sync.pulledNothing);
    // Nothing had to be changed, but something was looked at.
    expect(pullOutcome([asked('done', run('completed', { offered: 2, unchanged: 2 }))]).text).toBe('Done: 0 changes came in.');
  });

  it('has failed where any of it has', () => {
    for (const bad of [asked('failed'), asked('done', run('failed')), asked('done', run('refused'))]) {
      const { text, failed } = pullOutcome([asked('done', run('completed', { offered: 1, applied: 1 })), bad]);
      expect([text, failed]).toEqual([texts.sync.pullFailed, true]);
    }
  });

  it('names what was left out, at its end', () => {
    const out = { tasks: 'collection-switched-off' };
    expect(pullOutcome([asked('claimed', null, out)]).leftOut).toEqual([]);
    expect(pullOutcome([asked('done', run('completed'), out)]).leftOut).toEqual([['tasks', 'collection-switched-off']]);
  });
});

describe('an alarm', () => {
  const alarm = (kind: AlarmShown['kind'], more: Partial<AlarmShown> = {}): AlarmShown => ({
    id: 'a',
    kind,
    link: 'acme/test/hub',
    collection: null,
    direction: 'forward',
    since: '2026-07-30T11:00:00Z',
    boundMs: 900_000,
    ...more,
  });

  it('says what has not happened, which way, of what and since when', () => {
    expect(alarmText(alarm('no-proof', { collection: 'contacts' }), NOW)).toMatch(/Contacts.*60 min ago|60 min ago.*Contacts/);
    for (const direction of ['forward', 'reverse'] as const)
      expect(alarmText(alarm('no-run', { direction }), NOW)).toContain(texts.sync.run.directions[direction]);
    const sentences = (['no-run', 'no-proof', 'paused-too-long', 'unreadable'] as const).map((kind) => alarmText(alarm(kind), NOW));
    expect(new Set(sentences).size).toBe(4);
    for (const sentence of sentences) expect(sentence).toContain('60 min ago');
  });
});

describe('that everything is well', () => {
  const waiting = { approvals: 0, conflicts: 0, setAside: 0, drifted: 0, stopped: 0, unconfirmed: 0, expiring: 0, differences: 0 };
  const well = (health: Partial<Health['waiting']>, alarms: number, ...states: string[]) =>
    isWell({ alarms: Array.from({ length: alarms }), waiting: { ...waiting, ...health } } as unknown as Health, status(states, []));

  it('is said where everything flows and nothing is overdue, though somebody may have to decide something', () => {
    expect(well({}, 0, 'open', 'new')).toBe(true);
    expect(well({ approvals: 1, conflicts: 2, setAside: 3, expiring: 1 }, 0, 'open')).toBe(true);
  });

  it('is not said while what the CRM asks of the cloud is refused', () => {
    expect(isWell({ alarms: [], waiting } as unknown as Health, status(['open'], [], 'client-not-allowed'))).toBe(false);
  });

  it('is not said with an alarm, a pause, a stop, or a table that no longer fits', () => {
    expect([
      well({}, 1, 'open'),
      well({}, 0, 'open', 'paused'),
      well({}, 0, 'stopped'),
      well({ drifted: 1 }, 0, 'open'),
      well({ stopped: 1 }, 0, 'open'),
    ]).toEqual(Array.from({ length: 5 }, () => false));
  });
});

describe('why something is set aside', () => {
  it('is told by its code, and by what its stored sentence says more', () => {
    const plain = asideText({ code: 'value-too-long', detail: 'A sentence of another version.' });
    expect(plain).toMatch(/^\p{Lu}.*\.$/u);
    const more = asideText({ code: 'value-too-long', detail: 'Longer than character varying(255) holds.' });
    expect(more.startsWith(`${plain} `)).toBe(true);
    expect(more).toContain('255');
  });

  it('of the ledger is told in words, each fault in its own', () => {
    const faults = Object.keys(LEDGER_FAULTS) as (keyof typeof LEDGER_FAULTS)[];
    const sentences = faults.map(ledgerFaultText);
    for (const sentence of sentences) expect(sentence).toMatch(/^\p{Lu}.*\.$/u);
    expect(new Set(sentences).size).toBe(faults.length);
  });
});
