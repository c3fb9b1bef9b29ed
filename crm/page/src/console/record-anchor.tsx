import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useStatus } from '../api/use-status.ts';
import { RoutedAnchor } from '../app/routed.tsx';

const PLACES = { 'crm.contacts': '/contacts', 'crm.appointments': '/appointments', 'crm.tasks': '/tasks', 'crm.accounts': '/accounts' } as const;

/** A record by its key: a way to it where the page shows records of its table. */
export function RecordAnchor({ collection, recordKey }: { readonly collection: string; readonly recordKey: readonly string[] }): ReactNode {
  const table = useStatus().data?.collections.find((each) => each.collection === collection)?.table;
  const to = PLACES[table as keyof typeof PLACES] as (typeof PLACES)[keyof typeof PLACES] | undefined;
  const name = recordKey.join(', ');
  return (
    <>
      <Text size="sm">{collection}</Text>
      {to === undefined ? (
        <Text size="xs" className="nowrap">
          {name}
        </Text>
      ) : (
        <RoutedAnchor to={to} search={{ open: recordKey[0] ?? '' }} size="xs" className="nowrap">
          {name}
        </RoutedAnchor>
      )}
    </>
  );
}
