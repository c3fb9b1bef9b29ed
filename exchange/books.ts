import { z } from 'zod';

const count = z.int().nonnegative();

/** The books of a window, run or collection: numbers of records (law 3). */
export const booksSchema = z.strictObject({
  offered: count,
  applied: count,
  unchanged: count,
  conflicted: count,
  quarantined: count,
  filtered: count,
});

/** Numbers of records by outcome. */
export type Books = z.infer<typeof booksSchema>;

/**
 * The outcomes of a record, strongest first. A record has exactly one: the first that applies (rule 14).
 * Waiting for a parent is `quarantined`; partly merged is `conflicted`.
 */
export const OUTCOMES = ['quarantined', 'conflicted', 'applied', 'unchanged', 'filtered'] as const;

/** What became of a record. */
export type Outcome = (typeof OUTCOMES)[number];

/** Books without any record. */
export const EMPTY_BOOKS: Books = { offered: 0, applied: 0, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 };

/** Sum of two books. */
export function addBooks(a: Books, b: Books): Books {
  return {
    offered: a.offered + b.offered,
    applied: a.applied + b.applied,
    unchanged: a.unchanged + b.unchanged,
    conflicted: a.conflicted + b.conflicted,
    quarantined: a.quarantined + b.quarantined,
    filtered: a.filtered + b.filtered,
  };
}

/** offered - (applied + unchanged + conflicted + quarantined + filtered): 0 where the books balance. */
export function imbalance(books: Books): number {
  return books.offered - (books.applied + books.unchanged + books.conflicted + books.quarantined + books.filtered);
}
