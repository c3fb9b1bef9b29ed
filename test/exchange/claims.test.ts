import { describe, expect, it } from 'vitest';
import { CLAIMS_SCHEMAS } from '../../adaptor/auth/claims-of.ts';
import { EMPTY_BOOKS } from '../../exchange/books.ts';
import { MAX_SET_ASIDE } from '../../exchange/claims.ts';
import type { SignedKind } from '../../exchange/protocol.ts';

/* What each kind of signed object must hold and may not hold: the signature proves who says it, this what can be said at all. */

const ID = '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a01';
const HASH = 'A'.repeat(43);
const COMMON = { iss: 'crm:acme/test/hub', aud: 'cloud:acme/test/hub', iat: 1_780_000_000, exp: 1_780_000_600, jti: ID };
const LINK = { tenant: 'acme', environment: 'test', link: 'hub' };
const INCARNATION = { storeId: ID, systemId: '7', timeline: 1, databaseId: '5' };
const POSITION = { collection: 'contacts', forwardOrdinal: 3, reverseOrdinal: 0 };
const ORDER = {
  collection: 'contacts',
  fields: ['phone'],
  operations: ['I', 'U', 'D'],
  afterOrdinal: 0,
  cursor: null,
  maxRows: 1000,
  maxWindows: 10,
  deleteBudget: 0,
};
const DEFINITION = { name: 'contacts', key: ['id'], fields: [{ name: 'id', type: 'uuid', nullable: false, authority: 'either' }], references: [] };
const RELEASE_ORDER = { collection: 'contacts', fields: ['phone'], operations: ['U'], keys: [['1']], localKeys: [['1']] };

/** One of each kind as it may come, without the members that may be left out. */
const SAMPLES: Readonly<Record<SignedKind, Readonly<Record<string, unknown>>>> = {
  assertion: { ...LINK, sub: 'crm:acme/test/hub' },
  accessToken: {
    ...LINK,
    sub: 'crm:acme/test/hub',
    client_id: 'crm:acme/test/hub',
    operations: ['open', 'register', 'forward', 'reverse', 'reconcile'],
    collections: ['contacts'],
    cnf: { 'x5t#S256': HASH },
  },
  proof: { htm: 'POST', htu: '/v1/token', ath: HASH },
  opening: { ...LINK, runId: 'forward/acme/test/hub/1/run', epoch: 1, generation: 1, incarnation: INCARNATION, positions: [POSITION] },
  openingAnswer: { ...LINK, epoch: 1, generation: 1, incarnation: INCARNATION, positions: [] },
  registration: { ...LINK, epoch: 1, definition: DEFINITION, hash: HASH },
  registrationAnswer: { ...LINK, collection: 'contacts', hash: HASH, unsupported: [] },
  manifest: {
    ...LINK,
    collection: 'contacts',
    direction: 'reverse',
    kind: 'delta',
    ordinal: 1,
    batchId: ID,
    epoch: 1,
    generation: 1,
    schemaHash: HASH,
    fromCursor: null,
    toCursor: 'c',
    rows: 0,
    tombstones: 0,
    filtered: 0,
    digest: HASH,
  },
  settlement: { ...LINK, collection: 'contacts', ordinal: 1, epoch: 1 },
  receipt: { ...LINK, collection: 'contacts', direction: 'forward', ordinal: 1, outcome: 'void', books: EMPTY_BOOKS },
  reverseMessage: { ...LINK, epoch: 1, generation: 1, cause: 'period', requests: [], holdMs: 0, orders: [ORDER] },
  release: { ...LINK, act: 'edit', subject: 1, content: HASH, by: 'anna', reason: 'Typing error.', orders: [RELEASE_ORDER] },
  reconciliation: { ...LINK, collection: 'contacts', generation: 1, schemaHash: HASH, ask: { step: 'negotiate' } },
  reconciliationAnswer: { ...LINK, collection: 'contacts', request: ID, answer: { step: 'offer', offered: 0 } },
  erasure: { ...LINK, collection: 'contacts', erasure: 1, key: ['1'] },
  erasureReceipt: { ...LINK, collection: 'contacts', erasure: 1, destroyed: { records: 1, changes: 0, quarantine: 0 } },
  preview: { ...LINK, epoch: 1, generation: 1, orders: [ORDER] },
};
const KINDS = Object.keys(SAMPLES) as SignedKind[];

const sampleOf = (kind: SignedKind): Readonly<Record<string, unknown>> => ({ ...COMMON, ...SAMPLES[kind] });
const isTaken = (kind: SignedKind, claims: unknown): boolean => CLAIMS_SCHEMAS[kind].safeParse(claims).success;

describe.each(KINDS)('the claims of one %s', (kind) => {
  const sample = sampleOf(kind);

  it('are taken as they should be', () => expect(CLAIMS_SCHEMAS[kind].safeParse(sample)).toMatchObject({ success: true }));

  it('are refused where one of them is missing, or is null that cannot be', () => {
    const needed = Object.keys(sample);
    expect(needed.filter((member) => isTaken(kind, Object.fromEntries(Object.entries(sample).filter(([name]) => name !== member))))).toEqual([]);
    expect(needed.filter((member) => sample[member] !== null && isTaken(kind, { ...sample, [member]: null }))).toEqual([]);
  });

  it('are refused with one that nobody knows: it could mean something to a later version', () => {
    expect(isTaken(kind, { ...sample, admin: true })).toBe(false);
  });

  it('are refused where times or id are not of their form', () => {
    for (const wrong of [{ iat: 0 }, { iat: 1.5 }, { exp: '1780000600' }, { jti: 'once' }, { aud: ['cloud:acme/test/hub'] }])
      expect(isTaken(kind, { ...sample, ...wrong })).toBe(false);
  });

  it('are refused where they name no link as links are named', () => {
    if (!('link' in sample)) return;
    for (const wrong of [{ tenant: 'Acme' }, { link: '../hub' }, { environment: '' }, { link: 'l'.repeat(64) }])
      expect(isTaken(kind, { ...sample, ...wrong })).toBe(false);
  });
});

/** Alterations of samples, each of which would let through what a rule forbids. */
const WRONG: readonly [SignedKind, string, Readonly<Record<string, unknown>>][] = [
  ['accessToken', 'for no operation', { operations: [] }],
  ['accessToken', 'for an operation that there is not', { operations: ['erase-everything'] }],
  ['accessToken', 'for no collection', { collections: [] }],
  ['accessToken', 'bound to no certificate', { cnf: {} }],
  ['accessToken', 'bound to a digest of another length', { cnf: { 'x5t#S256': 'A'.repeat(42) } }],
  ['proof', 'of a method that no path has', { htm: 'DELETE' }],
  ['proof', 'of a body whose digest is none', { body: 'x' }],
  ['opening', 'under epoch 0, which no session has', { epoch: 0 }],
  ['opening', 'of a run whose name fills a page', { runId: 'r'.repeat(501) }],
  ['opening', 'whose reload nobody approved', { reload: { approvedBy: '', reason: 'The cloud was restored.' } }],
  ['opening', 'whose reload has no reason', { reload: { approvedBy: 'ines', reason: '' } }],
  ['opening', 'of a store on timeline 0', { incarnation: { ...INCARNATION, timeline: 0 } }],
  ['opening', 'of a store whose system has a name', { incarnation: { ...INCARNATION, systemId: 'seven' } }],
  ['opening', 'with a position before the first', { positions: [{ ...POSITION, forwardOrdinal: -1 }] }],
  ['registration', 'with another member in the definition', { definition: { ...DEFINITION, trigger: 'select 1' } }],
  ['manifest', 'of window 0, which there is none', { ordinal: 0 }],
  ['manifest', 'of half a row', { rows: 0.5 }],
  ['manifest', 'of less than no tombstone', { tombstones: -1 }],
  ['manifest', 'that kept back less than nothing', { filtered: -1 }],
  ['manifest', 'without a cursor to go on from', { toCursor: '' }],
  ['manifest', 'with a cursor without bounds', { toCursor: 'c'.repeat(8193) }],
  ['manifest', 'of a kind that there is not', { kind: 'everything' }],
  ['manifest', 'in no direction', { direction: 'sideways' }],
  ['manifest', 'of a table that was “not” truncated', { truncated: false }],
  ['manifest', 'that promises less than nothing', { following: { rows: -1, tombstones: 0 } }],
  ['receipt', 'of an outcome between', { outcome: 'mostly' }],
  ['receipt', 'whose books go below nothing', { books: { ...EMPTY_BOOKS, applied: -1 } }],
  ['receipt', 'whose books have a column more', { books: { ...EMPTY_BOOKS, lost: 1 } }],
  ['receipt', 'that set a field aside by a value', { setAside: { records: [{ key: ['1'], code: 'value-invalid', field: 'Ada Lovelace' }], taken: [] } }],
  ['receipt', 'that set something aside without a key', { setAside: { records: [{ key: [], code: 'value-invalid', field: null }], taken: [] } }],
  ['receipt', 'with nothing unconfirmed, told as a number', { unconfirmed: 0 }],
  ['reverseMessage', 'that orders nothing', { orders: [] }],
  ['reverseMessage', 'of a cause that is none of the CRM’s', { cause: 'cloud' }],
  ['reverseMessage', 'that holds an answer open for longer than a minute', { holdMs: 60_001 }],
  ['reverseMessage', 'for a request that is no row', { requests: ['anna'] }],
  ['reverseMessage', 'that orders no field', { orders: [{ ...ORDER, fields: [] }] }],
  ['reverseMessage', 'that orders no operation', { orders: [{ ...ORDER, operations: [] }] }],
  ['reverseMessage', 'that orders a TRUNCATE', { orders: [{ ...ORDER, operations: ['T'] }] }],
  ['reverseMessage', 'for no window', { orders: [{ ...ORDER, maxWindows: 0 }] }],
  ['reverseMessage', 'for no row', { orders: [{ ...ORDER, maxRows: 0 }] }],
  ['reverseMessage', 'with a budget below nothing', { orders: [{ ...ORDER, deleteBudget: -1 }] }],
  ['reverseMessage', 'that approves a truncated table by “no”', { orders: [{ ...ORDER, truncated: false }] }],
  ['preview', 'of nothing', { orders: [] }],
  ['release', 'that nobody decided', { by: '' }],
  ['release', 'without a reason', { reason: '' }],
  ['release', 'of an act that there is not', { act: 'overwrite' }],
  ['release', 'about no row', { subject: 0 }],
  ['release', 'that writes nothing', { orders: [] }],
  ['release', 'for any record', { orders: [{ ...RELEASE_ORDER, keys: [] }] }],
  ['release', 'of a content that is not named by its digest', { content: 'phone=1' }],
  ['erasure', 'of no record', { key: [] }],
  ['erasure', 'without a number', { erasure: 0 }],
  ['erasureReceipt', 'that does not tell of what was set aside', { destroyed: { records: 1, changes: 0 } }],
];

it.each(WRONG)('one %s is refused %s', (kind, _what, wrong) => expect(isTaken(kind, { ...sampleOf(kind), ...wrong })).toBe(false));

/** What may be left out, as it is where it is there. */
const OPTIONAL: readonly [SignedKind, Readonly<Record<string, unknown>>][] = [
  ['proof', { body: HASH }],
  ['opening', { peerIncarnation: INCARNATION, reload: { approvedBy: 'ines', reason: 'The cloud was restored.' } }],
  ['manifest', { kind: 'chunk', chunk: 0 }],
  ['manifest', { kind: 'load', chunks: 0 }],
  ['manifest', { messageId: ID, last: true, following: { rows: 0, tombstones: 0 }, truncated: true, acknowledgedReverseOrdinal: 0 }],
  ['receipt', { outcome: 'applied', batchId: ID, digest: HASH, chunk: 0, unconfirmed: 3, acceptedCursor: 'c', messageId: ID }],
  ['receipt', { setAside: { records: [{ key: ['1'], code: 'constraint-violated', field: 'firstName, last_name' }], taken: [['2']] } }],
  ['reverseMessage', { holdMs: 60_000, spent: [ID], orders: [{ ...ORDER, changeBudget: 0, truncated: true }] }],
  ['release', { orders: [{ ...RELEASE_ORDER, fields: [], operations: ['D'], keys: null, localKeys: null }] }],
];

it.each(OPTIONAL)('one %s may hold %j', (kind, more) =>
  expect(CLAIMS_SCHEMAS[kind].safeParse({ ...sampleOf(kind), ...more })).toMatchObject({ success: true }),
);

it('names no more records than a receipt may carry: the rest are counted', () => {
  const receiptOf = (count: number) => ({
    ...sampleOf('receipt'),
    setAside: { records: [], taken: Array.from({ length: count }, (_, n) => [String(n)]) },
  });
  expect(isTaken('receipt', receiptOf(MAX_SET_ASIDE))).toBe(true);
  expect(isTaken('receipt', receiptOf(MAX_SET_ASIDE + 1))).toBe(false);
});
