import { describe, expect, it } from 'vitest';
import { type ReceiptedBatch, checkReceipt } from '../../../activities/data/check-receipt.ts';
import { definitionDrift } from '../../../activities/data/definition-drift.ts';
import { EMPTY_BOOKS } from '../../../exchange/books.ts';
import type { ReceiptClaims } from '../../../exchange/claims.ts';
import type { CollectionDefinition } from '../../../exchange/collection.ts';

const BATCH: ReceiptedBatch = {
  collection: 'contacts',
  direction: 'forward',
  ordinal: 4,
  batchId: '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a01',
  digest: 'A'.repeat(43),
  rows: 10,
};
const BOOKS = { ...EMPTY_BOOKS, offered: 12, applied: 6, unchanged: 2, conflicted: 1, quarantined: 1, filtered: 2 };
const RECEIPT: ReceiptClaims = {
  iss: 'cloud:a/b/c',
  aud: 'crm:a/b/c',
  iat: 1,
  exp: 2,
  jti: '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a02',
  tenant: 'a',
  environment: 'b',
  link: 'c',
  collection: 'contacts',
  direction: 'forward',
  ordinal: 4,
  outcome: 'applied',
  batchId: BATCH.batchId,
  digest: BATCH.digest,
  books: BOOKS,
};

/** Code, facts and words of the refusal; null where there is none. */
function refusal(receipt: Partial<ReceiptClaims>, batch: Partial<ReceiptedBatch> = {}) {
  try {
    checkReceipt({ ...RECEIPT, ...receipt }, { ...BATCH, ...batch });
    return null;
  } catch (error) {
    const { code, facts, message } = error as { code: string; facts: object; message: string };
    return { code, facts, message };
  }
}

describe('a receipt of a batch that was sent', () => {
  it('is taken where it is of this batch, and tells of every record what became of it', () => {
    expect(refusal({})).toBeNull();
    expect(refusal({ chunk: 3 }, { chunk: 3 })).toBeNull();
  });

  it.each<[string, Partial<ReceiptClaims>, readonly string[]]>([
    ['collection', { collection: 'tasks' }, ['collection']],
    ['direction', { direction: 'reverse' }, ['direction']],
    ['ordinal', { ordinal: 5 }, ['ordinal']],
    ['chunk', { chunk: 0 }, ['chunk']],
    ['batch', { batchId: '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a09' }, ['batchId']],
    ['batch and bytes', { batchId: '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a09', digest: 'B'.repeat(43) }, ['batchId', 'digest']],
    ['bytes', { digest: 'B'.repeat(43) }, ['digest']],
  ])('of another %s is refused, and what differs is named: the cursor must not move', (_what, receipt, members) => {
    expect(refusal(receipt)).toMatchObject({ code: 'batch-refused', facts: { collection: 'contacts', ordinal: 4, members } });
  });

  it('of a window as a whole is none of its chunk', () => {
    expect(refusal({}, { chunk: 0 })).toMatchObject({ code: 'batch-refused', facts: { chunk: 0, members: ['chunk'] } });
  });

  it('that says that the number was made void passes by itself: what it held goes with the next', () => {
    const { batchId: _batch, digest: _digest, ...rest } = RECEIPT;
    expect(refusal({ ...rest, outcome: 'void', books: EMPTY_BOOKS })).toMatchObject({ code: 'ordinal-void', facts: { ordinal: 4 } });
  });

  it.each<[string, Partial<typeof BOOKS>]>([
    ['loses a record', { applied: 5 }],
    ['counts a record twice', { unchanged: 3 }],
    ['offers fewer than were sent', { offered: 11, applied: 5 }],
    ['offers more than were sent', { offered: 13, applied: 7 }],
    ['hides one among those kept back', { applied: 5, filtered: 3 }],
  ])('that %s does not balance', (_what, books) => {
    expect(refusal({ books: { ...BOOKS, ...books } })).toMatchObject({ code: 'books-unbalanced', facts: { collection: 'contacts', ordinal: 4 } });
  });

  it('says both numbers where they differ', () => {
    expect(refusal({ books: { ...BOOKS, offered: 13, applied: 7 } })?.message).toContain('The sender offered 10, the receiver counts 11.');
  });
});

describe('a table whose definition changed', () => {
  const definition = (...fields: [string, string][]): CollectionDefinition => ({
    name: 'contacts',
    key: ['id'],
    fields: fields.map(([name, type]) => ({ name, type, nullable: true, authority: 'either' })),
    references: [],
  });

  it('has drifted where a field is of another type, and each is named with both types', () => {
    const before = definition(['id', 'bigint'], ['name', 'text'], ['born', 'date']);
    const now = definition(['id', 'bigint'], ['born', 'timestamp with time zone'], ['name', 'character varying(20)']);
    expect(definitionDrift(before, now)).toEqual(['"name" was text and is character varying(20)', '"born" was date and is timestamp with time zone']);
  });

  it('has not drifted by fields that configuration added, took away or put in another order', () => {
    const before = definition(['id', 'bigint'], ['name', 'text'], ['fax', 'text']);
    expect(definitionDrift(before, definition(['name', 'text'], ['mobile', 'text'], ['id', 'bigint']))).toEqual([]);
  });
});
