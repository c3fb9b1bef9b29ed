import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparePositions } from '../../../../adaptor/data/state/positions.ts';

const at = (forwardOrdinal: number, reverseOrdinal: number, collection = 'c') => ({ collection, forwardOrdinal, reverseOrdinal });

describe('what both sides remember', () => {
  test.each([
    ['the same', at(7, 3), at(7, 3), []],
    ['an answer to a forward window was lost', at(7, 3), at(8, 3), []],
    ['a receipt of a reverse window was lost', at(7, 4), at(7, 3), []],
    ['the cloud lacks a window that was receipted', at(7, 3), at(6, 3), ['forward: cloud']],
    ['the CRM lacks windows that it sent', at(7, 3), at(9, 3), ['forward: crm']],
    ['the CRM lacks a reverse window that it accepted', at(7, 2), at(7, 3), ['reverse: crm']],
    ['the cloud lacks reverse windows that it sent', at(7, 5), at(7, 3), ['reverse: cloud']],
    ['both', at(7, 2), at(6, 3), ['forward: cloud', 'reverse: crm']],
  ])('%s', (_what, crm, cloud, expected) => {
    expect(comparePositions([crm], [cloud], {}).map(({ direction, wentBack }) => `${direction}: ${wentBack}`)).toEqual(expected);
  });

  test('one window ahead is a fault where the sender knows of none that is open', () => {
    expect(comparePositions([at(7, 3)], [at(8, 3)], { forward: new Set() })).toEqual([{ collection: 'c', direction: 'forward', wentBack: 'crm' }]);
    expect(comparePositions([at(7, 3)], [at(8, 3)], { forward: new Set(['c']) })).toEqual([]);
    expect(comparePositions([at(7, 4)], [at(7, 3)], { reverse: new Set() })).toEqual([{ collection: 'c', direction: 'reverse', wentBack: 'cloud' }]);
    expect(comparePositions([at(7, 4)], [at(7, 3)], { reverse: new Set(['c']) })).toEqual([]);
  });

  test('a collection that one side does not know counts from nothing', () => {
    expect(comparePositions([at(0, 0)], [], {})).toEqual([]);
    expect(comparePositions([at(5, 0)], [], {})).toMatchObject([{ wentBack: 'cloud' }]);
    expect(comparePositions([], [at(5, 0)], {})).toMatchObject([{ wentBack: 'crm' }]);
  });

  test('a store that went back by two windows or more is always found', () => {
    const step = fc.integer({ min: 2, max: 1000 });
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), step, (forward, reverse, back) => {
        const now = at(forward + back, reverse + back);
        const then = at(forward, reverse);
        expect(comparePositions([then], [now], {}).every(({ wentBack }) => wentBack === 'crm')).toBe(true);
        expect(comparePositions([now], [then], {}).every(({ wentBack }) => wentBack === 'cloud')).toBe(true);
        expect(comparePositions([then], [now], {})).toHaveLength(2);
      }),
    );
  });
});
