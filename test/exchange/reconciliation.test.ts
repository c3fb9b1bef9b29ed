import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUCKETS_PER_PARENT,
  MAX_DEPTH,
  MAX_LISTED,
  MAX_NAMED_KEYS,
  MAX_PARENTS,
  MAX_STATE_HASHES,
  PROBE,
  hashNameSchema,
  reconciliationAnswerSchema,
  reconciliationAskSchema,
} from '../../exchange/reconciliation.ts';

const asks = (ask: unknown): boolean => reconciliationAskSchema.safeParse(ask).success;
const answers = (answer: unknown): boolean => reconciliationAnswerSchema.safeParse(answer).success;

const of = { hash: 'sha256', fields: ['phone'] };
const keys = (count: number) => Array.from({ length: count }, (_, n) => [String(n)]);
const buckets = (count: number) => Array.from({ length: count }, (_, n) => n);
const STATE = { place: 'present', hashes: ['1f', null], pending: false, offered: false, setAside: false, deleted: false };

describe('a question of a reconciliation', () => {
  it.each<[string, unknown]>([
    ['what the cloud can do', { step: 'negotiate' }],
    ['the sums of everything', { step: 'sums', ...of, depth: 0, parents: [0] }],
    ['the sums below as many parents as are allowed', { step: 'sums', ...of, depth: MAX_DEPTH - 1, parents: buckets(MAX_PARENTS) }],
    ['the records of the last bucket', { step: 'list', ...of, depth: MAX_DEPTH, buckets: [BUCKETS_PER_PARENT ** MAX_DEPTH - 1] }],
    ['how records stand', { step: 'states', ...of, keys: keys(MAX_NAMED_KEYS) }],
    ['a new record', { step: 'offer', records: [{ key: ['1'], fields: null }] }],
    ['fields of one', { step: 'offer', records: [{ key: ['1'], fields: ['phone'] }] }],
    ['to take offers back', { step: 'withdraw', keys: keys(1) }],
  ])('may ask for %s', (_what, ask) => expect(asks(ask)).toBe(true));

  it.each<[string, unknown]>([
    ['a value', { step: 'values', ...of, keys: keys(1) }],
    ['a hash that is not named', { step: 'sums', ...of, hash: 'md5', depth: 0, parents: [0] }],
    ['sums of no field: any two stores would agree', { step: 'sums', ...of, fields: [], depth: 0, parents: [0] }],
    ['sums deeper than buckets go', { step: 'sums', ...of, depth: MAX_DEPTH, parents: [0] }],
    ['sums below no parent', { step: 'sums', ...of, depth: 0, parents: [] }],
    ['sums below too many parents', { step: 'sums', ...of, depth: 1, parents: buckets(MAX_PARENTS + 1) }],
    ['a list of everything', { step: 'list', ...of, depth: 0, buckets: [0] }],
    ['a bucket that is none', { step: 'list', ...of, depth: 2, buckets: [BUCKETS_PER_PARENT ** MAX_DEPTH] }],
    ['a bucket below the first', { step: 'list', ...of, depth: 1, buckets: [-1] }],
    ['a list of too many buckets', { step: 'list', ...of, depth: 2, buckets: buckets(MAX_LISTED + 1) }],
    ['the state of no record', { step: 'states', ...of, keys: [] }],
    ['the states of too many records', { step: 'states', ...of, keys: keys(MAX_NAMED_KEYS + 1) }],
    ['a record without a key', { step: 'states', ...of, keys: [[]] }],
    ['no field of a record to be offered', { step: 'offer', records: [{ key: ['1'], fields: [] }] }],
    ['too much to be offered at once', { step: 'offer', records: keys(MAX_NAMED_KEYS + 1).map((key) => ({ key, fields: null })) }],
    ['to take back nothing', { step: 'withdraw', keys: [] }],
    ['something beside', { step: 'negotiate', values: true }],
  ])('never asks for %s', (_what, ask) => expect(asks(ask)).toBe(false));

  it('about as many records as are named at once, by a usual number of fields, stays within the hashes of one answer', () => {
    expect(MAX_STATE_HASHES / MAX_NAMED_KEYS).toBeGreaterThanOrEqual(16);
  });
});

describe('an answer of a reconciliation', () => {
  it.each<[string, unknown]>([
    ['what it can do', { step: 'negotiate', hash: 'pg-18', probe: '0', fields: [{ name: 'phone', type: null }] }],
    ['sums, and none', { step: 'sums', records: 0, sums: '' }],
    ['records by their hashes', { step: 'list', records: [{ key: ['1'], hash: 'ffffffffffffffff' }] }],
    ['states', { step: 'states', states: [STATE, { ...STATE, place: 'absent', hashes: [] }] }],
  ])('may tell %s', (_what, answer) => expect(answers(answer)).toBe(true));

  it.each<[string, unknown]>([
    ['a value in the place of a hash', { step: 'list', records: [{ key: ['1'], hash: 'Ada' }] }],
    ['a hash of more than 64 bits', { step: 'list', records: [{ key: ['1'], hash: '1'.repeat(17) }] }],
    ['one hash written in two ways', { step: 'list', records: [{ key: ['1'], hash: '0f' }] }],
    ['a hash in capitals', { step: 'list', records: [{ key: ['1'], hash: 'FF' }] }],
    ['a value beside the state', { step: 'states', states: [{ ...STATE, values: ['Ada'] }] }],
    ['a state that it does not say all of', { step: 'states', states: [{ place: 'present', hashes: [] }] }],
    ['a place that there is not', { step: 'states', states: [{ ...STATE, place: 'elsewhere' }] }],
    ['sums that are no base64url', { step: 'sums', records: 1, sums: 'AA==' }],
    ['less than no record', { step: 'sums', records: -1, sums: '' }],
    ['more records than a list may have', { step: 'list', records: keys(MAX_LISTED + 1).map((key) => ({ key, hash: '1' })) }],
    ['that it offered “some”', { step: 'offer', offered: 'some' }],
  ])('never tells %s', (_what, answer) => expect(answers(answer)).toBe(false));

  it('takes every hash of 64 bits as hexadecimal numbers are written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bits) => {
        expect(answers({ step: 'list', records: [{ key: ['1'], hash: bits.toString(16) }] })).toBe(true);
      }),
    );
  });
});

describe('what both sides hash to see whether they hash alike', () => {
  it('holds what hashes have differed by: NULL, nothing, what is outside ASCII, and signs of arrays', () => {
    expect(PROBE).toContain(null);
    expect(PROBE).toContain('');
    expect(PROBE.some((text) => text !== null && Buffer.byteLength(text) > text.length)).toBe(true);
    expect(PROBE.some((text) => text?.includes(',') === true && text.includes('"'))).toBe(true);
  });

  it('is the same as in every version before: clouds of other versions hash it too', () => {
    expect(PROBE).toEqual(['tidegate', '', null, 'Ω', 'a,"b']);
  });

  it.each(['sha256', 'pg-9', 'pg-18', 'pg-100'])('has %s as a name of how', (name) => expect(hashNameSchema.safeParse(name).success).toBe(true));
  it.each(['', 'pg', 'pg-', 'pg-1000', 'pg-x', 'SHA256', 'xsha256', 'sha256 '])('has no %j', (name) =>
    expect(hashNameSchema.safeParse(name).success).toBe(false),
  );
});
