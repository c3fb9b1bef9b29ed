import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useStatus } from '../api/use-status.ts';
import { useRecordName } from '../history/record-name.ts';
import { kindOfTable } from '../history/views.ts';
import { RoutedAnchor } from '../app/routed.tsx';
import { collectionName } from '../synchronisation/options-table.tsx';

/** Keys are long and say little: on a phone the values beside them are worth more. */
const KEY_WIDTH = { base: 90, sm: 280 } as const;

/** A record by its name, or by its key where it has none here: a way to it where the page shows records of its table. */
export function RecordAnchor({ collection, recordKey }: { readonly collection: string; readonly recordKey: readonly string[] }): ReactNode {
  const table = useStatus().data?.collections.find((each) => each.collection === collection)?.table;
  const kind = kindOfTable(table);
  const key = recordKey.join(', ');
  const name = useRecordName(kind, recordKey[0] ?? '') ?? key;
  const shape = name === key ? ({ truncate: 'end', display: 'block' } as const) : { lineClamp: 2 };
  return (
    <>
      <Text size="sm">{collectionName(collection)}</Text>
      {kind === undefined ? (
        <Text size="xs" truncate="end" maw={KEY_WIDTH} title={key}>
          {name}
        </Text>
      ) : (
        <RoutedAnchor to={`/${kind}`} search={{ open: recordKey[0] ?? '' }} size="xs" maw={KEY_WIDTH} title={key} {...shape}>
          {name}
        </RoutedAnchor>
      )}
    </>
  );
}
