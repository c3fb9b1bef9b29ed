import { Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { KeptDifference, Reconciliation } from '../../../../adaptor/data/control/reconciliations.ts';
import type { Json } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatNumber } from '../app/format.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { fieldLabel } from '../texts/field-label.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { useMay } from '../session/session.ts';
import { collectionName } from '../synchronisation/options-table.tsx';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { RecordAnchor } from './record-anchor.tsx';
import { Moment } from '../parts/moment.tsx';

const words = texts.console.comparison;

type Comparison = Json<Reconciliation>;

/** How often a comparison that goes on is looked at, in milliseconds: no event tells of it. */
const LOOK_EVERY_MS = 2000;

const count = (value: number | null): string => (value === null ? texts.common.none : formatNumber(value));

/** Whether both stores hold the same: the last comparison of each collection, what differs, and a new one. */
export function ComparisonView(): ReactNode {
  const maySynchronise = useMay('synchronise');
  const mayGovern = useMay('govern');
  const [shown, setShown] = useState<Comparison | null>(null);
  const [asking, { open, close }] = useDisclosure();
  const { data, error, refetch } = useQuery({
    queryKey: [KEYS.status, 'comparisons'],
    queryFn: () => request<{ rows: Comparison[] }>('GET', 'reconciliations'),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.rows.some(({ state }) => state === 'asked' || state === 'running') === true ? LOOK_EVERY_MS : false),
  });
  const compare = useMutation({
    mutationFn: (order: { readonly repair: boolean; readonly reason?: string }) => request('POST', 'reconciliations', order),
    onSuccess: () => {
      close();
      sayDone(words.asked);
    },
    onError: sayError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status] }),
  });
  if (error !== null) return <ErrorView error={error} retry={() => void refetch()} />;
  const head = [
    texts.sync.collection,
    `@${words.when}`,
    texts.sync.state,
    `#${words.crmRecords}`,
    `#${words.cloudRecords}`,
    `#${words.differences}`,
    `#${words.repaired}`,
  ];
  return (
    <Stack gap="sm">
      <Text size="sm">{words.text}</Text>
      <Group gap="xs">
        {maySynchronise && (
          <Button variant="default" loading={compare.isPending} onClick={() => compare.mutate({ repair: false })}>
            {words.compare}
          </Button>
        )}
        {mayGovern && (
          <Button variant="default" onClick={open}>
            {words.repair}
          </Button>
        )}
      </Group>
      {data?.rows.length === 0 && <Text c="dimmed">{words.none}</Text>}
      {data !== undefined && data.rows.length > 0 && (
        <ScrolledTable label={texts.console.names.comparison} minWidth={820} head={head}>
          {data.rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Th scope="row">{collectionName(row.collection)}</Table.Th>
              <Table.Td className="nowrap">
                <Moment at={row.finishedAt ?? row.createdAt} />
              </Table.Td>
              <Table.Td>
                <Badge color={row.state === 'failed' ? 'red.9' : row.state === 'completed' ? 'teal.9' : 'blue.9'}>{words.states[row.state]}</Badge>
                {row.errorCode !== null && <Text size="xs">{reasonText(row.errorCode)}</Text>}
              </Table.Td>
              <Table.Td className="number">{count(row.crmRecords)}</Table.Td>
              <Table.Td className="number">{count(row.cloudRecords)}</Table.Td>
              <Table.Td className="number">
                {count(row.differences)}{' '}
                {(row.differences ?? 0) > 0 && (
                  <Button size="compact-sm" variant="default" onClick={() => setShown(row)} aria-label={words.showOf(collectionName(row.collection))}>
                    {words.show}
                  </Button>
                )}
              </Table.Td>
              <Table.Td className="number">{count(row.repaired)}</Table.Td>
            </Table.Tr>
          ))}
        </ScrolledTable>
      )}
      <ReasonDialog
        key={String(asking)}
        opened={asking}
        title={words.repair}
        text={words.repairText}
        confirm={words.repair}
        busy={compare.isPending}
        onConfirm={(reason) => compare.mutate({ repair: true, reason })}
        close={close}
      />
      <Dialog opened={shown !== null} title={words.title} close={() => setShown(null)}>
        {shown !== null && <Differences comparison={shown} />}
      </Dialog>
    </Stack>
  );
}

function Differences({ comparison: { id, collection, differences } }: { readonly comparison: Comparison }): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.status, 'comparisons', id],
    queryFn: () => request<{ rows: Json<KeptDifference>[] }>('GET', `reconciliations/${id}/differences`),
  });
  if (error !== null) return <ErrorView error={error} />;
  if (data === undefined) return <Text size="sm">{texts.common.loading}</Text>;
  return (
    <>
      <ScrolledTable label={words.title} minWidth={420} head={[texts.console.conflicts.record, words.kind, words.fields]}>
        {data.rows.map((row) => (
          <Table.Tr key={row.id}>
            <Table.Td>
              <RecordAnchor collection={collection} recordKey={row.key} />
            </Table.Td>
            <Table.Td>{words.kinds[row.kind] ?? row.kind}</Table.Td>
            <Table.Td className="breakable">{row.fields.map(fieldLabel).join(', ')}</Table.Td>
          </Table.Tr>
        ))}
      </ScrolledTable>
      {differences !== null && differences > data.rows.length && (
        <Text size="sm" c="dimmed">
          {texts.common.more(data.rows.length, differences)}
        </Text>
      )}
    </>
  );
}
