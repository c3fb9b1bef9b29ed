import { describe, expect, it } from 'vitest';
import type { CollectionCount, LinkStatus } from '../../adaptor/data/control/link-status.ts';
import { type Expiry, untilExpiry } from '../../adaptor/auth/expiry.ts';
import { ago, statusText } from '../../cli/status-text.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const contacts: CollectionCount = {
  link: 'acme/test/hub',
  collection: 'contacts',
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
  provenAt: new Date('2026-11-25T11:59:58Z'),
  lagMs: 1500,
  quarantined: 0,
  conflicts: 2,
  unconfirmed: 0,
  lastMessageAt: null,
  lastMessageState: null,
};
const text = (link: Partial<LinkStatus>, collection: Partial<CollectionCount> = {}) =>
  statusText({ link: 'acme/test/hub', state: 'open', reason: null, collections: [{ ...contacts, ...collection }], ...link }, NOW);

describe('the status of a link', () => {
  it('has the words of the pages', () => {
    expect(text({}).split('\n')[1]).toMatch(/^collection +records +state +waits for +up to date as of +last pull +set aside +conflicts$/);
  });

  it('says how each collection stands', () => {
    const lines = text({}).split('\n');
    expect(lines[0]).toBe('acme/test/hub: open');
    expect(lines[3]).toMatch(/^contacts +12 +open +1\.5 s +2 s ago +none +0 +2$/);
    expect(lines).toHaveLength(4);
  });

  it('has one word for a state, and two where the way back stands otherwise', () => {
    const stateOf = (states: Partial<CollectionCount>) => text({}, states).split('\n')[3];
    expect(stateOf({ reverseState: 'new' })).toMatch(/^contacts +12 +open +1\.5 s/);
    expect(stateOf({ reverseState: 'stopped' })).toMatch(/ open, from the cloud: stopped +1\.5 s/);
    expect(stateOf({ lastMessageAt: new Date('2026-11-25T11:59:00Z'), lastMessageState: 'spent' })).toContain('60 s ago (done)');
    expect(stateOf({ lastMessageAt: new Date('2026-11-25T11:59:00Z'), lastMessageState: 'refused' })).toContain('60 s ago (refused)');
  });

  it('warns of what expires, or has expired', () => {
    const expiry = (left: number): Expiry => {
      const notAfterMs = NOW.getTime() + left;
      return { what: 'certificate', party: null, id: 'x', notAfterMs, ...untilExpiry(notAfterMs, NOW.getTime()) };
    };
    const warned = (one: Expiry) => statusText({ link: 'acme/test/hub', state: 'open', reason: null, collections: [contacts], expiring: [one] }, NOW);
    expect(warned(expiry(6.5 * 86_400_000))).toContain("WARNING: This side's certificate expires in 6 days (2026-12-02T00:00:00.000Z).");
    expect(warned({ ...expiry(-1), what: 'signing key', party: 'cloud:acme/test/hub' })).toContain(
      'WARNING: The signing key of cloud:acme/test/hub has expired (2026-11-25T11:59:59.999Z): nothing moves until it is renewed.',
    );
  });

  it('says why it is stopped, and why a collection is', () => {
    expect(text({ state: 'stopped', reason: 'The CRM’s store went back.' })).toContain('acme/test/hub: stopped (The CRM’s store went back.)');
    expect(text({}, { state: 'drifted', stateReason: 'a column is gone' })).toContain('contacts: a column is gone');
  });

  it('tells of records of the cloud that a new load does not name', () => {
    expect(text({}, { unconfirmed: 3 })).toContain('contacts: 3 record(s) of the cloud that the new load does not name');
  });
});

describe('a span of time', () => {
  it.each([
    [1_000, '1 s ago'],
    [180_000, '3 min ago'],
    [10_800_000, '3 h ago'],
    [-5_000, '0 s ago'],
  ])('of %i ms', (ms, said) => {
    expect(ago(0, ms)).toBe(said);
  });
});
