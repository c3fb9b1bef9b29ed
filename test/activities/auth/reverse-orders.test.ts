import { describe, expect, it } from 'vitest';
import { orderOf, whyClosed } from '../../../activities/auth/reverse-orders.ts';
import type { LinkSetup } from '../../../activities/link-setup.ts';
import type { PlannedCollection } from '../../../adaptor/data/plan-collections.ts';
import type { ChannelRow, ChannelState } from '../../../adaptor/data/state/channel.ts';
import type { Authority } from '../../../exchange/collection.ts';
import type { ErrorCode } from '../../../exchange/errors.ts';

/* What a reverse message may order of a collection, by how its channels stand; nothing of the cloud comes in where this says no. */

const HASH = 'A'.repeat(43);
const setup = {
  name: 'acme/test/hub',
  reverse: { maxRows: 500, maxWindows: 7, validMs: 600_000, holdMs: 0 },
  collections: [{ source: { name: 'contacts' }, deleteBudget: { forward: 1000, reverse: 3 } }],
} as unknown as LinkSetup;

const planned = (authority: Authority = 'either', schemaHash = HASH): PlannedCollection =>
  ({
    collection: 'contacts',
    plan: {
      schemaHash,
      definition: {
        name: 'contacts',
        key: ['id'],
        fields: ['id', 'name'].map((name) => ({ name, type: 'text', nullable: true, authority })),
        references: [],
      },
    },
  }) as unknown as PlannedCollection;
const unplanned: PlannedCollection = { collection: 'contacts' } as PlannedCollection;

const channel = (direction: 'forward' | 'reverse', state: ChannelState, told: Partial<ChannelRow> = {}): ChannelRow => ({
  link: 'acme/test/hub',
  collection: 'contacts',
  direction,
  ordinal: 0,
  cursor: null,
  peerCursor: null,
  state,
  stateCode: null,
  stateReason: null,
  schemaHash: HASH,
  provenAt: null,
  ...told,
});
const channels = (forward: ChannelState, reverse: ChannelState = 'new', told: Partial<ChannelRow> = {}) => [
  channel('forward', forward),
  channel('reverse', reverse, told),
];

describe('the order of a collection', () => {
  it('goes on behind the last window that the CRM accepted, within what is configured for reverse', () => {
    const standing = [channel('forward', 'open', { ordinal: 99, peerCursor: 'not this' }), channel('reverse', 'open', { ordinal: 12, peerCursor: 'after-12' })];
    expect(orderOf(setup, planned(), standing)?.order).toEqual({
      collection: 'contacts',
      fields: ['name'],
      operations: ['I', 'U', 'D'],
      afterOrdinal: 12,
      cursor: 'after-12',
      maxRows: 500,
      maxWindows: 7,
      deleteBudget: 3,
    });
  });

  it.each<ChannelState>(['new', 'loaded', 'open'])('is made while its reverse channel is %s: the first window opens it', (reverse) =>
    expect(orderOf(setup, planned(), channels('open', reverse))).toBeDefined(),
  );

  it.each<ChannelState>(['new', 'loading', 'loaded', 'drifted', 'stopped'])('is not made before the first window after the load was receipted: %s', (forward) =>
    expect(orderOf(setup, planned(), channels(forward))).toBeUndefined(),
  );

  it.each<ChannelState>(['drifted', 'stopped'])('is not made where its own channel is %s', (reverse) =>
    expect(orderOf(setup, planned(), channels('open', reverse))).toBeUndefined(),
  );

  it('is not made without channels, without a plan, under another definition than was registered, or where nothing may come back', () => {
    expect(orderOf(setup, planned(), [])).toBeUndefined();
    expect(orderOf(setup, planned(), [channel('forward', 'open')])).toBeUndefined();
    expect(orderOf(setup, unplanned, channels('open'))).toBeUndefined();
    expect(orderOf(setup, planned('either', 'B'.repeat(43)), channels('open'))).toBeUndefined();
    expect(orderOf(setup, planned('crm'), channels('open'))).toBeUndefined();
  });

  it('is not made by the channels of another collection', () => {
    const others = channels('open').map((one) => ({ ...one, collection: 'tasks' }));
    expect(orderOf(setup, planned(), others)).toBeUndefined();
  });
});

describe('why a collection is not ordered', () => {
  it.each<[ChannelState, ErrorCode]>([
    ['new', 'load-incomplete'],
    ['loading', 'load-incomplete'],
    ['loaded', 'load-incomplete'],
    ['drifted', 'schema-drifted'],
    ['stopped', 'collection-stopped'],
  ])('is told by its forward channel: %s', (state, code) => expect(whyClosed(planned(), channels(state))).toBe(code));

  it.each<[ChannelState, ErrorCode]>([
    ['drifted', 'schema-drifted'],
    ['stopped', 'collection-stopped'],
  ])('is told by its reverse channel where the other is open: %s', (state, code) => expect(whyClosed(planned(), channels('open', state))).toBe(code));

  it.each<ErrorCode>(['change-budget-exceeded', 'delete-budget-exceeded', 'load-needs-approval', 'truncate-needs-approval'])(
    'is that a user has to decide, where it stopped by %s',
    (stateCode) => expect(whyClosed(planned(), channels('open', 'stopped', { stateCode }))).toBe('approval-needed'),
  );

  it('is not that a user has to decide where it stopped by anything else', () => {
    expect(whyClosed(planned(), channels('open', 'stopped', { stateCode: 'collection-stopped' }))).toBe('collection-stopped');
  });

  it('is drift where its table cannot be planned, or is another one than was registered', () => {
    expect(whyClosed(unplanned, channels('open'))).toBe('schema-drifted');
    expect(whyClosed(planned('either', 'B'.repeat(43)), channels('open'))).toBe('schema-drifted');
  });

  it('is none of these where nothing of it may come back', () => expect(whyClosed(planned('crm'), channels('open'))).toBeUndefined());
});
