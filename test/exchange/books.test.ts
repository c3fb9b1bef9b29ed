import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Books, EMPTY_BOOKS, addBooks, booksSchema, imbalance } from '../../exchange/books.ts';

const booksArbitrary: fc.Arbitrary<Books> = fc.record({
  offered: fc.nat(),
  applied: fc.nat(),
  unchanged: fc.nat(),
  conflicted: fc.nat(),
  quarantined: fc.nat(),
  filtered: fc.nat(),
});

describe('books', () => {
  it('of no record balance', () => {
    expect(imbalance(EMPTY_BOOKS)).toBe(0);
  });

  it.each(['applied', 'unchanged', 'conflicted', 'quarantined', 'filtered'] as const)('count %s against what was offered', (outcome) => {
    expect(imbalance({ ...EMPTY_BOOKS, offered: 3, [outcome]: 3 })).toBe(0);
    expect(imbalance({ ...EMPTY_BOOKS, offered: 3, [outcome]: 2 })).toBe(1);
    expect(imbalance({ ...EMPTY_BOOKS, [outcome]: 1 })).toBe(-1);
  });

  it('add up, and so does what is missing in them', () => {
    fc.assert(
      fc.property(booksArbitrary, booksArbitrary, (a, b) => {
        expect(imbalance(addBooks(a, b))).toBe(imbalance(a) + imbalance(b));
        expect(addBooks(a, EMPTY_BOOKS)).toEqual(a);
      }),
    );
  });

  it('refuse negative and broken numbers, and members that nobody knows', () => {
    for (const wrong of [
      { ...EMPTY_BOOKS, applied: -1 },
      { ...EMPTY_BOOKS, applied: 0.5 },
      { ...EMPTY_BOOKS, lost: 1 },
    ])
      expect(booksSchema.safeParse(wrong).success).toBe(false);
  });
});
