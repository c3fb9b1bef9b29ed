import type { ReactNode } from 'react';
import { useStatus } from '../api/use-status.ts';
import { StoredValue } from '../history/stored-value.tsx';
import { kindOfTable, VIEWS } from '../history/views.ts';
import { valueText } from './value-text.ts';

/** A value of a field in the books: in the user's words where the page shows records of its collection, else as it stands there. */
export function FieldValue({
  collection,
  field,
  value,
}: {
  readonly collection: string;
  /** Null: of the record as a whole. */
  readonly field: string | null;
  readonly value: unknown;
}): ReactNode {
  const kind = kindOfTable(useStatus().data?.collections.find((each) => each.collection === collection)?.table);
  if (kind === undefined || field === null || value === null || value === undefined) return valueText(value);
  return <StoredValue view={VIEWS[kind]} field={field} value={typeof value === 'string' ? value : JSON.stringify(value)} />;
}
