import type { Books } from '../exchange/books.ts';
import type { Direction } from '../exchange/names.ts';

/** What the directions are called, as on the pages (docs/glossary.md has the field's terms beside these). */
export const DIRECTION_WORDS: Readonly<Record<Direction, string>> = { forward: 'to the cloud', reverse: 'from the cloud' };

/** What a reverse message's states are called, as on the pages. */
export const MESSAGE_WORDS: Readonly<Record<string, string>> = { spent: 'done' };

/** What the parts of the books are called, as on the pages. */
export const BOOKS_WORDS: Readonly<Record<keyof Books, string>> = {
  offered: 'offered',
  applied: 'applied',
  unchanged: 'unchanged',
  conflicted: 'in conflict',
  quarantined: 'set aside',
  filtered: 'filtered',
};
