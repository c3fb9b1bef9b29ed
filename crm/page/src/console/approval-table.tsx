import { Badge, Button, Group, Stack, Switch, Table, Text } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatNumber } from '../app/format.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { useMay } from '../session/session.ts';
import { holdingText } from '../synchronisation/holding-text.ts';
import { collectionName } from '../synchronisation/options-table.tsx';
import { texts } from '../texts/texts.ts';
import type { Breach } from './answers.ts';
import { ApprovalDifferences } from './approval-differences.tsx';
import { Moment } from '../parts/moment.tsx';

const words = texts.console.approvals;

/** What would change or delete more than it may, and waits for a yes or a no. */
export function ApprovalTable(): ReactNode {
  const mayGovern = useMay('govern');
  const [all, setAll] = useState(false);
  const [asked, setAsked] = useState<{ readonly breach: Breach; readonly act: 'approve' | 'reject' } | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: [KEYS.status, 'approvals', all],
    queryFn: () => request<{ rows: Breach[] }>('GET', `approvals?all=${all}`),
    placeholderData: keepPreviousData,
  });
  const decide = useMutation({
    mutationFn: (reason: string) => request('POST', `approvals/${asked?.breach.id}/${asked?.act}`, { reason }),
    onSuccess: () => {
      sayDone(asked?.act === 'approve' ? words.approved : words.rejected);
      setAsked(null);
    },
    onError: sayError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status] }),
  });
  if (error !== null) return <ErrorView error={error} retry={() => void refetch()} />;
  const head = [
    texts.sync.collection,
    words.why,
    texts.sync.run.direction,
    `#${words.changes}`,
    `#${words.deletes}`,
    `#${words.records}`,
    texts.sync.state,
    `@${words.since}`,
  ];
  return (
    <Stack gap="sm">
      <Switch label={words.decidedToo} checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
      {data?.rows.length === 0 ? (
        <Text c="dimmed">{words.none}</Text>
      ) : (
        <ScrolledTable label={words.title} minWidth={860} head={[...head, ...(mayGovern ? [texts.console.aside.act] : [])]}>
          {data?.rows.map((breach) => (
            <Table.Tr key={breach.id}>
              <Table.Th scope="row">{collectionName(breach.collection)}</Table.Th>
              <Table.Td miw={170}>{words.kinds[breach.kind] ?? breach.kind}</Table.Td>
              <Table.Td className="nowrap">{texts.sync.run.directions[breach.direction]}</Table.Td>
              <Table.Td className="number">{ofBudget(breach.changes, breach.changeBudget)}</Table.Td>
              <Table.Td className="number">{ofBudget(breach.deletes, breach.deleteBudget)}</Table.Td>
              <Table.Td className="number">{breach.records === null ? texts.common.none : formatNumber(breach.records)}</Table.Td>
              <Table.Td>
                <Badge color={breach.state === 'waiting' ? 'grape.9' : breach.holds ? 'red.9' : 'gray.7'}>{words.states[breach.state]}</Badge>
                <Decision breach={breach} />
              </Table.Td>
              <Table.Td className="nowrap">
                <Moment at={breach.createdAt} />
              </Table.Td>
              {mayGovern && (
                <Table.Td>
                  {breach.approvable && (
                    <Group gap="xs" wrap="nowrap">
                      <ApprovalDifferences breach={breach} />
                      <Button size="compact-sm" onClick={() => setAsked({ breach, act: 'approve' })}>
                        {breach.state === 'waiting' ? words.approve : words.approveAfterAll}
                      </Button>
                      {breach.state === 'waiting' && (
                        <Button size="compact-sm" variant="default" onClick={() => setAsked({ breach, act: 'reject' })}>
                          {words.reject}
                        </Button>
                      )}
                    </Group>
                  )}
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </ScrolledTable>
      )}
      <ReasonDialog
        key={asked === null ? 'none' : `${asked.act}${asked.breach.id}`}
        opened={asked !== null}
        title={asked?.act === 'reject' ? words.reject : words.approve}
        text={asked === null ? '' : words.text(asked.breach.changes, asked.breach.deletes, collectionName(asked.breach.collection), asked.act === 'approve')}
        confirm={asked?.act === 'reject' ? words.reject : words.approve}
        danger={asked?.act === 'approve' && asked.breach.deletes > 0}
        busy={decide.isPending}
        onConfirm={(reason) => decide.mutate(reason)}
        close={() => setAsked(null)}
      />
    </Stack>
  );
}

/** Who decided what, and what that means while its collection stands still. */
function Decision({ breach: { state, holds, approvable, decidedBy, decidedReason } }: { readonly breach: Breach }): ReactNode {
  const text = holds
    ? holdingText({ state, by: decidedBy, reason: decidedReason, approvable })
    : decidedBy === null
      ? ''
      : texts.console.conflicts.decidedBy(decidedBy, decidedReason ?? '');
  if (text === '') return null;
  return (
    <Text size="xs" className="breakable" miw={200} maw={260} mt={4}>
      {text}
    </Text>
  );
}

function ofBudget(count: number, budget: number | null): string {
  return budget === null ? formatNumber(count) : words.ofBudget(formatNumber(count), formatNumber(budget));
}
