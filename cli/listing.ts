import { wholeNumber } from './number-option.ts';

/** Rows that a list shows unless more are asked for. */
export const MAX_LISTED = 100;

/** Parser of a list's `--limit`. */
export const listed = wholeNumber(1, 10_000);

/** A list's text, and that it may not be all where one of its parts is as long as it may be. */
export function withMore(text: string, lists: readonly (readonly unknown[])[], limit: number): string {
  return lists.some(({ length }) => length >= limit) ? `${text}\nOnly the newest ${limit} are listed; --limit lists more.` : text;
}
