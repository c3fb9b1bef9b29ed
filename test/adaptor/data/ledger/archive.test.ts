import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { archiveEntries, archiveFault, archiveRange } from '../../../../adaptor/data/ledger/archive.ts';
import { destroyValues } from '../../../../adaptor/data/ledger/destroy-values.ts';
import { exportLedger } from '../../../../adaptor/data/ledger/export-ledger.ts';
import { type VerifiedExport, verifyExport } from '../../../../adaptor/data/ledger/verify-export.ts';
import { asCloudUser } from '../../../support/two-stores.ts';
import { codeOf } from '../../../support/code-of.ts';
import { type LedgerFixture, openLedger } from './ledger-fixture.ts';

/* Entries of long ago are taken out into a file, and both the rest and the file still prove themselves. */

let ledger: LedgerFixture;
const LATER = () => new Date(Date.now() + 1000);

beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger[Symbol.asyncDispose]());

const crm = <T>(sql: string) => controlRows<T>(ledger.stores.crm.admin, sql);
const owner = () => ledger.stores.crm.admin;
const consumer = () => ledger.stores.crm.consumer;
const fault = async (lines: readonly string[], digest: string) => archiveFault(consumer(), 'file', digest, await verifyExport(feed(lines)));

async function* feed(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
async function lines(range?: { from: number; upTo: number }, withValues = false): Promise<string[]> {
  const found: string[] = [];
  for await (const line of exportLedger(consumer(), withValues, range)) found.push(JSON.stringify(line));
  return found;
}
async function destroyAll(): Promise<void> {
  const entries = await crm<{ id: number }>('select id from tidegate.ledger_entry where salt is not null');
  await destroyValues(consumer(), { entries: entries.map(({ id }) => id), by: 'tidegate', reason: 'retention' });
}

describe('an archive of the ledger', () => {
  let first: string[];
  let proved: VerifiedExport;

  it('is refused while values are kept, while no head is signed, and for a time of which there is nothing', async () => {
    expect(await codeOf(archiveRange(consumer(), LATER()))).toBe('bad-request');
    await ledger.sign();
    expect(await codeOf(archiveRange(consumer(), LATER()))).toBe('bad-request');
    const { sequence } = await ledger.verify();
    await expect(archiveEntries(owner(), { upTo: sequence, file: 'd', by: 'anna', reason: 'r' })).rejects.toThrow('are kept');
    await destroyAll();
    expect(await codeOf(archiveRange(consumer(), new Date(0)))).toBe('bad-request');
    await expect(archiveEntries(owner(), { upTo: sequence + 1, file: 'd', by: 'anna', reason: 'r' })).rejects.toThrow('not signed');
    // The worker's role may append, and take nothing away.
    await expect(archiveEntries(consumer(), { upTo: sequence, file: 'd', by: 'anna', reason: 'r' })).rejects.toThrow();
    expect(await ledger.faults()).toEqual([]);
  });

  it('takes entries out, and the chain holds from its beginning; their file proves itself, and that it is this chain’s', async () => {
    const range = await archiveRange(consumer(), LATER());
    expect(range.from).toBe(1);
    first = await lines(range);
    proved = await verifyExport(feed(first));
    expect(proved).toMatchObject({ from: 1, sequence: range.upTo, entries: 12, without: 0 });
    expect(await archiveEntries(owner(), { upTo: range.upTo, file: 'first file', by: 'anna', reason: 'they are old' })).toBe(12);
    expect(await crm('select from tidegate.ledger_entry')).toEqual([]);
    expect(await ledger.verify()).toMatchObject({ faults: [], entries: 0, archived: 12, heads: 1 });
    expect(await fault(first, 'first file')).toBeUndefined();
    expect(
      await crm(`select facts ->> 'by' as by, facts ->> 'reason' as reason, facts ->> 'count' as n from tidegate.ledger_batch where kind = 'archived'`),
    ).toEqual([{ by: 'anna', reason: 'they are old', n: '12' }]);
  });

  it('is followed by another one, from where it ended', async () => {
    await asCloudUser(ledger.stores.cloud.user, `update app.items set note = 'later' where id between 8 and 10`);
    await ledger.cycle.reverse();
    expect(await ledger.verify()).toMatchObject({ faults: [], entries: 3, archived: 12 });
    await destroyAll();
    await ledger.sign();
    const range = await archiveRange(consumer(), LATER());
    expect(range.from).toBe(proved.sequence + 1);
    const second = await lines(range);
    expect(await verifyExport(feed(second))).toMatchObject({ from: range.from, genesis: proved.head, entries: 3, without: 0 });
    await archiveEntries(owner(), { upTo: range.upTo, file: 'second file', by: 'anna', reason: 'these, too' });
    expect(await ledger.verify()).toMatchObject({ faults: [], entries: 0, archived: 15 });
    for (const [file, digest] of [
      [first, 'first file'],
      [second, 'second file'],
    ] as const)
      expect(await fault(file, digest)).toBeUndefined();
    // An export of the whole says by its counts what is elsewhere.
    expect(await verifyExport(feed(await lines()))).toMatchObject({ from: 1, entries: 0, without: 4 });
  });

  it.each<[string, (lines: string[]) => string[]]>([
    ['an entry altered', (all) => all.map((line) => line.replace('link-paused', 'link-stopped').replace(/\\"U\\"/, '\\"D\\"'))],
    ['a batch missing', (all) => [...all.slice(0, 3), ...all.slice(4)]],
    ['its end cut off', (all) => all.slice(0, -1)],
    ['batches in another order', (all) => [all[0] ?? '', all[2] ?? '', all[1] ?? '', ...all.slice(3)]],
    ['entries left out of a batch', (all) => all.map((line) => line.replace(/"entries":\[\{[^}]*\},/, '"entries":['))],
  ])('is found with %s', async (_what, alter) => {
    expect(alter(first)).not.toEqual(first);
    expect(await codeOf(verifyExport(feed(alter(first))))).toBe('ledger-broken');
  });

  it('is found where it is none, another one, or of another store', async () => {
    expect(await codeOf(verifyExport(feed([])))).toBe('bad-request');
    expect(await codeOf(verifyExport(feed(['{"store": 1}'])))).toBe('bad-request');
    expect(await fault(first, 'another digest')).toMatchObject({ fault: 'archive-altered' });
    const other = first.map((line, i) => (i === 0 ? line.replace(/"store":"[^"]{8}/, '"store":"00000000') : line));
    expect(await fault(other, 'first file')).toMatchObject({ fault: 'archive-altered' });
    const stripped = first.map((line) => line.replace(/"entries":\[.*\]\}$/, '"entries":[]}'));
    expect(await fault(stripped, 'first file')).toMatchObject({ fault: 'archive-altered' });
  });

  it('hides nothing that was taken away without it', async () => {
    await asCloudUser(ledger.stores.cloud.user, `update app.items set note = 'last' where id = 12`);
    await ledger.cycle.reverse();
    await ledger.remember();
    await ledger.damage(`delete from tidegate.ledger_entry`);
    expect(await ledger.faults()).toEqual(['entry-missing']);
    // Who moves the end of the archive to cover it alters a batch.
    await ledger.damage(`update tidegate.ledger_batch set facts = facts || '{"upTo": 100000}' where kind = 'archived'`);
    expect(await ledger.faults()).toContain('batch-altered');
    await ledger.restore();
    expect(await ledger.faults()).toEqual([]);
  });
});
