import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyReceipts } from '../../../activities/ledger/verify-receipts.ts';
import { issue } from '../../../adaptor/auth/sign.ts';
import { readRunBooks } from '../../../adaptor/data/control/run-books.ts';
import { ensureChannels } from '../../../adaptor/data/state/channel.ts';
import { ensureLink } from '../../../adaptor/data/state/link.ts';
import { type Books, EMPTY_BOOKS } from '../../../exchange/books.ts';
import type { Direction, LinkName } from '../../../exchange/names.ts';
import { type TestLink, startTestLink } from '../../support/test-link.ts';

/* The books of a run, from what both sides signed. Each way in which they can fail to balance is made by hand, with valid signatures. */

let link: TestLink;
let ordinal = 0;

beforeAll(async () => {
  link = await startTestLink();
  await ensureLink(link.crmAdmin, link.setup.identity);
  await ensureChannels(link.crmAdmin, link.name as LinkName, ['contacts']);
});
afterAll(() => link?.[Symbol.asyncDispose]());

const DIGEST = 'd'.repeat(43);
const books = (told: Partial<Books>): Books => ({ ...EMPTY_BOOKS, ...told });
const GOOD = books({ offered: 10, applied: 4, unchanged: 2, conflicted: 2, quarantined: 1, filtered: 1 });

interface Made {
  readonly direction?: Direction;
  /** What the receipt says; what the row says; how many rows the manifest says; how many entries the ledger has. */
  readonly signed?: Books;
  readonly kept?: Books;
  readonly rows?: number;
  readonly entries?: number;
  readonly receiptOrdinal?: number;
}

/** Writes a window with signed manifest and receipt, as a run of its own. Answers the run. */
async function makeRun({ direction = 'forward', signed = GOOD, kept = signed, rows, entries, receiptOrdinal }: Made): Promise<string> {
  const [sender, receiver] = direction === 'forward' ? [link.producer.crmKey, link.producer.cloudKey] : [link.producer.cloudKey, link.producer.crmKey];
  const batchId = randomUUID();
  const runId = `run-${++ordinal}/1`;
  const { tenant, environment, link: name } = link.setup.identity;
  const common = { tenant, environment, link: name, collection: 'contacts', direction, batchId, digest: DIGEST };
  const manifest = await issue(sender, 'manifest', {
    ...common,
    kind: 'delta',
    ordinal,
    epoch: 1,
    generation: 1,
    schemaHash: DIGEST,
    fromCursor: null,
    toCursor: 'c',
    rows: rows ?? kept.offered - kept.filtered,
    tombstones: 0,
    filtered: kept.filtered,
  });
  const receipt = await issue(receiver, 'receipt', { ...common, ordinal: receiptOrdinal ?? ordinal, outcome: 'applied', books: signed });
  await link.crmAdmin.query(
    `insert into tidegate."window" (link, collection, direction, ordinal, kind, batch_id, run_id, state, digest, manifest, receipt, offered, applied, unchanged,
       conflicted, quarantined, filtered, finished_at) values ($1, 'contacts', $2, $3, 'delta', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, now())`,
    [
      link.name,
      direction,
      ordinal,
      batchId,
      runId,
      direction === 'forward' ? 'receipted' : 'applied',
      DIGEST,
      manifest,
      receipt,
      ...(['offered', 'applied', 'unchanged', 'conflicted', 'quarantined', 'filtered'] as const).map((outcome) => kept[outcome]),
    ],
  );
  await link.crmAdmin.query(
    `insert into tidegate.ledger_entry (link, collection, key, op, fields, message_id, batch_id)
     select $1, 'contacts', array[n::text], 'U', '{}', gen_random_uuid(), $2 from generate_series(1, $3::int) n`,
    [link.name, batchId, direction === 'reverse' ? (entries ?? kept.applied) : 0],
  );
  return runId;
}
const verify = async (made: Made) => {
  const direction = made.direction ?? 'forward';
  return verifyReceipts(link.context(undefined as never, 'none'), { link: link.name, runId: await makeRun(made), direction });
};

describe('the books of a run', () => {
  it.each(['forward', 'reverse'] as const)('balance where both sides signed the same: %s', async (direction) => {
    expect(await verify({ direction })).toEqual({ receipts: 1, books: GOOD });
  });

  it('let some of what is in conflict, or set aside, have entered', async () => {
    for (const entries of [4, 5, 7]) expect(await verify({ direction: 'reverse', entries })).toMatchObject({ receipts: 1 });
  });

  it.each([
    ['a receipt that does not tell of two records', { signed: { ...GOOD, applied: 2 } }, { difference: 2 }, 'offers 10 records and tells what became of 8'],
    ['a receipt that tells of more than was offered', { signed: { ...GOOD, unchanged: 5 } }, { difference: -3 }, 'tells what became of 13'],
    [
      'a row that says otherwise than what was signed',
      { kept: { ...GOOD, applied: 5, unchanged: 1 } },
      { outcome: 'applied', difference: 1 },
      '5 records were kept as applied, 4 were signed',
    ],
    ['a sender that signed more than arrived', { rows: 11 }, { outcome: 'sent', difference: 2 }, 'The sender signed 11 records, the receiver counted 9'],
    [
      'a row that counts more as sent',
      { kept: { ...GOOD, offered: 12 }, rows: 9 },
      { outcome: 'sent', difference: 2 },
      '11 records were kept as sent, 9 were signed',
    ],
    [
      'an entry that the ledger has not',
      { direction: 'reverse', entries: 3 },
      { outcome: 'ledger', difference: 1 },
      '4 records entered, the ledger has entries of 3',
    ],
    ['an entry of a record that did not enter', { direction: 'reverse', entries: 9 }, { outcome: 'ledger', difference: -2 }, 'the ledger has entries of 9'],
    ['a receipt of another window', { receiptOrdinal: 999 }, {}, 'Its receipt is for another batch'],
  ] as const)('do not balance with %s: the window and the difference are named', async (_what, made, facts, text) => {
    const refused = await verify(made as Made).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'books-unbalanced', facts: { collection: 'contacts', ordinal, ...facts } });
    expect(String(refused)).toContain(`Window ${ordinal} of ${'direction' in made ? 'reverse' : 'forward'} contacts.`);
    expect(String(refused)).toContain(text);
  });

  it('do not balance where a load is not the sum of its chunks', async () => {
    const runId = await makeRun({});
    await link.crmAdmin.query(`update tidegate."window" set kind = 'load' where run_id = $1`, [runId]);
    await expect(verifyReceipts(link.context(undefined as never, 'none'), { link: link.name, runId, direction: 'forward' })).rejects.toMatchObject({
      code: 'books-unbalanced',
      facts: { outcome: 'offered', difference: 10 },
    });
  });

  it('are shown for both sides, with what is unaccounted for', async () => {
    const read = async (made: Made) => readRunBooks(link.consumer, await makeRun(made), made.direction ?? 'forward');
    const receiver = { applied: 4, unchanged: 2, conflicted: 2, quarantined: 1 };
    expect(await read({})).toEqual({ sender: { offered: 10, sent: 9, filtered: 1 }, receiver, difference: 0 });
    expect(await read({ direction: 'reverse', rows: 12 })).toEqual({ sender: { offered: 13, sent: 12, filtered: 1 }, receiver, difference: 3 });
  });
});
