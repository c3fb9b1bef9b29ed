import { CloseButton, Pill } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';

/** The record that a view of the console is about alone, by its key in the address; and what leads back to all of them. */
export function useOneRecord(tab: string): { readonly key: string | undefined; readonly pill: ReactNode } {
  const { record } = useSearch({ strict: false }) as { readonly record?: string };
  const navigate = useNavigate();
  if (record === undefined) return { key: undefined, pill: null };
  const label = texts.console.oneRecord;
  const pill = (
    <Pill size="md" w="fit-content" styles={{ label: { display: 'inline-flex', alignItems: 'center', gap: 4 } }}>
      {label}
      <CloseButton size={18} iconSize={12} aria-label={texts.list.withoutFilter(label)} onClick={() => void navigate({ to: '.', search: { tab } as never })} />
    </Pill>
  );
  return { key: record, pill };
}
