import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useStatus } from '../api/use-status.ts';
import { RoutedAnchor } from '../app/routed.tsx';
import { collectionName } from '../synchronisation/options-table.tsx';

const PLACES = { 'crm.contacts': '/contacts', 'crm.appointments': '/appointments', 'crm.tasks': '/tasks', 'crm.accounts': '/accounts' } as const;

/** Keys are long and say little: on a phone the values beside them are worth more. */
const KEY_WIDTH = { base: 90, sm: 280 } as const;

/** A record by its key: a way to it where the page shows records of its table. */
export function RecordAnchor({ collection, recordKey }: { readonly collection: string; readonly recordKey: readonly string[] }): ReactNode {
  const table = useStatus().data?.collections.find((each) => each.collection === collection)?.table;
  const to = PLACES[table as keyof typeof PLACES] as (typeof PLACES)[keyof typeof PLACES] | undefined;
  const name = recordKey.join(', ');
  return (
    <>
      <Text size="sm">{collectionName(collection)}</Text>
      {to === undefined ? (
        <Text size="xs" truncate="end" maw={KEY_WIDTH}>
          {name}
        </Text>
      ) : (
        <RoutedAnchor to={to} search={{ open: recordKey[0] ?? '' }} size="xs" truncate="end" display="block" maw={KEY_WIDTH}>
          {name}
        </RoutedAnchor>
      )}
    </>
  );
}
