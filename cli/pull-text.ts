import { type Books, EMPTY_BOOKS, addBooks } from '../exchange/books.ts';

/** A run that an order brought about, as it is told. */
export interface PulledRun {
  readonly id: string;
  /** Its page in the Temporal UI, where the address is known. */
  readonly url: string | null;
  readonly books: Books;
}

/** What a pull brought: the books of its runs together, in the words of the pages, and where each kind is seen. */
export function pulledText(runs: readonly PulledRun[]): readonly string[] {
  const { offered, applied, unchanged, conflicted, quarantined, filtered } = runs.reduce((sum, { books }) => addBooks(sum, books), EMPTY_BOOKS);
  if (offered === 0) return ['There was nothing new in the cloud.', ...runs.map(runText)];
  const rest = [...(unchanged > 0 ? [`${unchanged} unchanged`] : []), ...(filtered > 0 ? [`${filtered} filtered`] : [])];
  return [
    [`Offered by the cloud: ${offered}. Came in: ${applied}`, `in conflict: ${conflicted}`, `set aside: ${quarantined}`, ...rest].join(', ').concat('.'),
    ...runs.map(runText),
    ...(applied > 0 ? ['  What came into a record:  npx tidegate record COLLECTION KEY'] : []),
    ...(conflicted > 0 ? ['  What both sides changed:  npx tidegate conflicts list'] : []),
    ...(quarantined > 0 ? ['  What could not enter, and why:  npx tidegate quarantine list'] : []),
  ];
}

function runText({ id, url }: PulledRun): string {
  return `  Books of the run:  npx tidegate run ${id}${url === null ? '' : `\n  ${url}`}`;
}
