import { describe, expect, it } from 'vitest';
import { whyLoadWaits, whyOrderWaits, whyWindowWaits } from '../../../activities/planning/why-waits.ts';
import type { Allowance } from '../../../adaptor/data/control/approvals.ts';

/* What a plan says of waiting is what a run would do, also where a user has approved it already and no run came yet. */

const approved = (kind: Allowance['kind'], changes = 0, deletes = 0): Allowance => ({ id: 1, kind, changes, deletes });

describe('a load', () => {
  const both = { firstLoad: true, reconnect: true };

  it.each([
    [1, { firstLoad: true, reconnect: false }, 'load-needs-approval'],
    [1, { firstLoad: false, reconnect: true }, null],
    [2, { firstLoad: true, reconnect: false }, null],
    [2, { firstLoad: false, reconnect: true }, 'load-needs-approval'],
  ])('of generation %i waits by what is configured for it: %j', (generation, approval, why) => {
    expect(whyLoadWaits(generation, approval, undefined)).toBe(why);
  });

  it('waits no more once it was approved, and for nothing else that was', () => {
    expect(whyLoadWaits(1, both, approved('first-load'))).toBeNull();
    expect(whyLoadWaits(2, both, approved('reconnect'))).toBeNull();
    expect(whyLoadWaits(2, both, approved('first-load'))).toBe('load-needs-approval');
    expect(whyLoadWaits(1, both, approved('breach', 1000, 1000))).toBe('load-needs-approval');
  });
});

describe('what has changed', () => {
  const budget = { deleteBudget: 10, changeBudget: 20 };
  const sent = (changes: number, deletes: number, truncated = false) => ({ changes, deletes, truncated });

  it.each([
    [sent(20, 10), null],
    [sent(21, 10), 'change-budget-exceeded'],
    [sent(21, 11), 'delete-budget-exceeded'],
    [sent(0, 0, true), 'truncate-needs-approval'],
  ])('%j waits by the budgets', (what, why) => {
    expect(whyWindowWaits(what, budget, undefined)).toBe(why);
  });

  it('has no limit where none is set', () => {
    expect(whyWindowWaits(sent(1_000_000, 10), { ...budget, changeBudget: null }, undefined)).toBeNull();
  });

  it('goes through as it was approved, and no further', () => {
    expect(whyWindowWaits(sent(30, 12), budget, approved('breach', 30, 12))).toBeNull();
    expect(whyWindowWaits(sent(31, 12), budget, approved('breach', 30, 12))).toBe('delete-budget-exceeded');
    expect(whyWindowWaits(sent(30, 12, true), budget, approved('breach', 30, 12))).toBe('truncate-needs-approval');
    expect(whyWindowWaits(sent(12, 12, true), budget, approved('truncate', 12, 12))).toBeNull();
    // What is within the budgets needs no approval, whatever another one is for.
    expect(whyWindowWaits(sent(5, 5), budget, approved('truncate', 1, 1))).toBeNull();
  });
});

describe('what an order brings', () => {
  const order = { deleteBudget: 3, changeBudget: 8 };
  const shown = (rows: number, tombstones = 0, more: object = {}) => ({ rows, tombstones, ...more });

  it.each([
    [shown(8, 3), null],
    [shown(9, 3), 'change-budget-exceeded'],
    [shown(9, 4), 'delete-budget-exceeded'],
    [shown(5, 1, { following: { rows: 3, tombstones: 2 } }), null],
    [shown(5, 1, { following: { rows: 4, tombstones: 2 } }), 'change-budget-exceeded'],
    [shown(5, 1, { following: { rows: 3, tombstones: 3 } }), 'delete-budget-exceeded'],
    [shown(1, 1, { truncated: true }), 'truncate-needs-approval'],
  ])('%j waits by what the order allows', (manifest, why) => {
    expect(whyOrderWaits(order, manifest)).toBe(why);
  });

  it('has no limit of changes where the order has none', () => {
    expect(whyOrderWaits({ deleteBudget: 0 }, shown(1_000_000))).toBeNull();
  });

  it('of a truncated table comes in where that was approved, as far as it was', () => {
    expect(whyOrderWaits({ ...order, truncated: true }, shown(3, 3, { truncated: true }))).toBeNull();
    expect(whyOrderWaits({ ...order, truncated: true }, shown(4, 4, { truncated: true }))).toBe('delete-budget-exceeded');
  });
});
