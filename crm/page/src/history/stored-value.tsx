import type { ReactNode } from 'react';
import { useRecordName } from './record-name.ts';
import { storedText } from './stored-text.ts';
import type { AnyView } from './views.ts';

/** A value that came as the store's text, in the user's words: of another record that it names its name, where the user may see it. */
export function StoredValue({ view, field, value }: { readonly view: AnyView; readonly field: string; readonly value: string | null }): ReactNode {
  const kind = value === null || value === '' ? undefined : view.references?.[field];
  const name = useRecordName(kind, value ?? '');
  return name ?? storedText(view, field, value);
}
