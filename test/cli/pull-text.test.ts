import { describe, expect, it } from 'vitest';
import { pulledText } from '../../cli/pull-text.ts';
import { EMPTY_BOOKS } from '../../exchange/books.ts';

const run = (books: Partial<typeof EMPTY_BOOKS>) => ({ id: 'm/1', url: null, books: { ...EMPTY_BOOKS, ...books } });

describe('what a pull brought', () => {
  it('is told by outcome, over all runs that served it, and where each kind is seen', () => {
    const text = pulledText([
      run({ offered: 7, applied: 3, unchanged: 1, conflicted: 1, quarantined: 1, filtered: 1 }),
      { ...run({ offered: 1, applied: 1 }), url: 'http://ui/m' },
    ]);
    expect(text).toEqual([
      'Offered by the cloud: 8. Came in: 4, in conflict: 1, set aside: 1, 1 unchanged, 1 filtered.',
      '  Books of the run:  npx tidegate run m/1',
      '  Books of the run:  npx tidegate run m/1\n  http://ui/m',
      '  What came into a record:  npx tidegate record COLLECTION KEY',
      '  What both sides changed:  npx tidegate conflicts list',
      '  What could not enter, and why:  npx tidegate quarantine list',
    ]);
  });

  it('names only what there is', () => {
    expect(pulledText([run({ offered: 1, applied: 1 })])).toEqual([
      'Offered by the cloud: 1. Came in: 1, in conflict: 0, set aside: 0.',
      '  Books of the run:  npx tidegate run m/1',
      '  What came into a record:  npx tidegate record COLLECTION KEY',
    ]);
    expect(pulledText([])).toEqual(['There was nothing new in the cloud.']);
  });
});
