import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RawRecord, csvRecords, decodeValue, encodeRecords, encodeValue } from '../../../adaptor/data/csv-records.ts';
import { openRows } from '../../../adaptor/data/sealing/open-rows.ts';
import { sealRows } from '../../../adaptor/data/sealing/seal-rows.ts';
import type { CollectionPlan } from '../../../adaptor/data/plan.ts';

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function readAll(rows: AsyncIterable<Uint8Array>): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for await (const some of csvRecords(rows)) records.push(...some);
  return records;
}

const value = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '"', ',', '\n', '""', 'a,"b"\r\nc', '\\.')), { nil: null });
const records = fc.integer({ min: 1, max: 4 }).chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width }), { maxLength: 12 }));

describe('records of a stream', () => {
  it('are cut where they end, wherever its pieces do; and made into the same bytes again', async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), async (rows, sizes) => {
        // One null alone is an empty line, as PostgreSQL writes it.
        const bytes = encodeRecords(rows.map((row) => row.map(encodeValue)));
        const read = await readAll(cut(bytes, sizes));
        expect(read.map((record) => record.map(decodeValue))).toEqual(rows);
        expect(encodeRecords(read).equals(bytes)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('stay as PostgreSQL wrote them where nobody looks at them', async () => {
    const bytes = Buffer.from('U,name,,"a ""b""",1,,"",x y\nD,*,,,2,,,\n');
    expect(encodeRecords(await readAll(cut(bytes, [3]))).equals(bytes)).toBe(true);
  });

  it.each(['a,b', '"a\n', 'a\n"b'])('that do not end are refused: %j', async (text) => {
    await expect(readAll(cut(Buffer.from(text), [2]))).rejects.toMatchObject({ code: 'batch-refused' });
  });
});

describe('a collection without sealed fields', () => {
  const plan = {
    definition: { name: 'open', key: ['id'], fields: [{ name: 'id', type: 'int', nullable: false, authority: 'either' }], references: [] },
  } as unknown as CollectionPlan;
  it('is not parsed: its stream passes as it is, without a key', () => {
    const rows = Readable.from([Buffer.from('x')]);
    const parts = { pool: undefined as never, plan, cipher: undefined };
    expect(sealRows(rows, { ...parts, epoch: 1, ordinal: 1 })).toBe(rows);
    expect(openRows(rows, { ...parts, receiptedOrdinal: 0 })).toBe(rows);
  });
});
