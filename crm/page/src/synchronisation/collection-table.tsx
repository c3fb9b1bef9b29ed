import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Collection, Status } from '../api/answers.ts';
import { formatAge, formatLag, formatNumber } from '../app/format.ts';
import { useNow } from '../app/use-now.ts';
import { texts } from '../texts/texts.ts';
import { CollectionState } from './collection-state.tsx';
import { HaltedCollections } from './halted-collections.tsx';
import { collectionName } from './options-table.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { Moment } from '../parts/moment.tsx';

const words = texts.sync;

/** Every collection with how far it is. */
export function CollectionTable({ status }: { readonly status: Status }): ReactNode {
  const now = useNow();
  const manyLinks = status.links.length > 1;
  const head = [
    ...(manyLinks ? [words.link] : []),
    words.collection,
    `#${words.records}`,
    `#${words.waiting}`,
    `#${words.lag}`,
    `@${words.provenAt}`,
    words.lastMessage,
    `#${words.setAside}`,
    `#${words.conflicts}`,
    words.state,
  ];
  return (
    <div>
      <HaltedCollections collections={status.collections} />
      <ScrolledTable label={words.collections} minWidth={880} head={head}>
        {status.collections.map((collection) => (
          <Table.Tr key={`${collection.link}/${collection.collection}`}>
            {manyLinks && <Table.Td>{collection.link}</Table.Td>}
            <Table.Th scope="row">{collectionName(collection.collection)}</Table.Th>
            <Table.Td className="number">{recordsText(collection)}</Table.Td>
            <Table.Td className="number">{formatNumber(collection.waiting)}</Table.Td>
            <Table.Td className="number">{formatLag(collection.lagMs)}</Table.Td>
            <Table.Td className="nowrap">
              {collection.provenAt === null ? (
                texts.time.never
              ) : (
                <>
                  <Moment at={collection.provenAt} isClock /> ({formatAge(collection.provenAt, now)})
                </>
              )}
            </Table.Td>
            <Table.Td className="nowrap">{lastMessageText(collection, now)}</Table.Td>
            <Table.Td className="number">
              <Count value={collection.setAside} />
            </Table.Td>
            <Table.Td className="number">
              <Count value={collection.conflicts} />
            </Table.Td>
            <Table.Td>
              <CollectionState collection={collection} />
            </Table.Td>
          </Table.Tr>
        ))}
      </ScrolledTable>
    </div>
  );
}

function Count({ value }: { readonly value: number }): ReactNode {
  return (
    <Text span size="sm" fw={value > 0 ? 650 : 400}>
      {formatNumber(value)}
    </Text>
  );
}

function recordsText({ records, estimated }: Collection): string {
  if (records === null) return words.unknownNumber;
  return estimated ? words.about(records) : formatNumber(records);
}

function lastMessageText({ lastMessage }: Collection, now: number): string {
  if (lastMessage === null) return words.noMessage;
  const state = (words.messageStates as Readonly<Record<string, string>>)[lastMessage.state] ?? lastMessage.state;
  return `${formatAge(lastMessage.issuedAt, now)}, ${state}`;
}
