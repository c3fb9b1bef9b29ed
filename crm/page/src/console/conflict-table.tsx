import { Button, Group, Kbd, Select, Stack, Switch, Table, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Conflict, Page } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { errorText, sayDone, sayError } from '../app/say-error.ts';
import { fieldLabel } from '../texts/field-label.ts';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { useMay } from '../session/session.ts';
import { useStatus } from '../api/use-status.ts';
import { collectionName } from '../synchronisation/options-table.tsx';
import { texts } from '../texts/texts.ts';
import { BulkDecision } from './bulk-decision.tsx';
import { ConflictOutcome, type ConflictSide, ConflictValue } from './conflict-cells.tsx';
import { useOneRecord } from './one-record.tsx';
import { RecordAnchor } from './record-anchor.tsx';
import { RestoreButton } from './restore-button.tsx';
import { FieldValue } from './field-value.tsx';
import { Moment } from '../parts/moment.tsx';

const words = texts.console.conflicts;

/**
 * Fields that both sides had changed, side by side. What waits is chosen row by row (j and k go down and up, 1 keeps the CRM's, 2
 * takes the cloud's) and applied together, with one reason; or all of it by one rule.
 */
export function ConflictTable(): ReactNode {
  const [settledToo, setSettledToo] = useState(true);
  const [collection, setCollection] = useState<string | null>(null);
  const [choices, setChoices] = useState<Readonly<Record<string, ConflictSide>>>({});
  const [at, setAt] = useState(0);
  const [asking, setAsking] = useState(false);
  const mayGovern = useMay('govern');
  const collections = [...new Set((useStatus().data?.collections ?? []).map((each) => each.collection))];
  const { key, pill } = useOneRecord('conflicts');
  const question = { size: 100, collection: collection ?? undefined, key, waiting: settledToo ? undefined : 'true' };
  const { data, error, refetch } = useQuery({
    queryKey: [KEYS.status, 'conflicts', question],
    queryFn: () => request<Page<Conflict>>('GET', `conflicts${queryString(question)}`),
    placeholderData: keepPreviousData,
  });
  // What waits for somebody comes first.
  const rows = (data?.rows ?? []).toSorted((a, b) => Number(b.outcome === 'review') - Number(a.outcome === 'review'));
  const waiting = mayGovern ? rows.filter(({ outcome }) => outcome === 'review') : [];
  const chosen = waiting.filter(({ id }) => choices[id] !== undefined);
  const choose = (id: string, side: ConflictSide): void => setChoices((old) => ({ ...old, [id]: side }));
  const pick = (side: ConflictSide): void => {
    const row = waiting[at];
    if (row === undefined || asking) return;
    choose(row.id, side);
    setAt(Math.min(at + 1, waiting.length - 1));
  };
  useHotkeys([
    ['j', () => setAt((now) => Math.min(now + 1, Math.max(0, waiting.length - 1)))],
    ['k', () => setAt((now) => Math.max(now - 1, 0))],
    ['1', () => pick('crm')],
    ['2', () => pick('cloud')],
  ]);
  const decide = useMutation({
    mutationFn: async (reason: string) => {
      const failed: unknown[] = [];
      for (const { id } of chosen) {
        const path = choices[id] === 'crm' ? 'keep' : 'restore';
        await request('POST', `conflicts/${id}/${path}`, { reason }).catch((cause: unknown) => failed.push(cause));
      }
      return { done: chosen.length - failed.length, failed };
    },
    onSuccess: ({ done, failed }) => {
      setAsking(false);
      setChoices({});
      setAt(0);
      if (done > 0) sayDone(words.decided(done));
      if (failed.length > 0) sayError(failed[0]);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status] }),
  });
  if (error !== null) return <ErrorView error={error} retry={() => void refetch()} />;
  return (
    <Stack gap="sm">
      <Group gap="md" align="end" justify="space-between">
        <Group gap="md" align="end">
          <Select
            label={texts.sync.collection}
            placeholder={texts.common.all}
            clearable
            clearButtonProps={{ 'aria-label': `${texts.console.runs.clear}: ${texts.sync.collection}` }}
            w={180}
            data={collections.map((value) => ({ value, label: collectionName(value) }))}
            value={collection}
            onChange={setCollection}
          />
          <Switch label={words.settledToo} checked={settledToo} onChange={(event) => setSettledToo(event.currentTarget.checked)} mb={8} />
        </Group>
        {key === undefined && waiting.length > 1 && <BulkDecision collection={collection} />}
      </Group>
      {pill}
      {waiting.length > 0 && (
        <Text size="sm" visibleFrom="sm">
          <Kbd>j</Kbd> <Kbd>k</Kbd> {words.keysMove}, <Kbd>1</Kbd> {words.keepCrm}, <Kbd>2</Kbd> {words.takeCloud}
        </Text>
      )}
      {data?.rows.length === 0 ? (
        <Text c="dimmed">{texts.sync.noConflicts}</Text>
      ) : (
        <ScrolledTable
          label={texts.sync.conflicts}
          minWidth={900}
          head={[words.record, words.field, words.base, words.crm, words.cloud, words.outcome, `@${words.when}`]}
        >
          {rows.map((row) => (
            <Table.Tr key={row.id} data-current={waiting[at]?.id === row.id || undefined} className="diff-row">
              <Table.Td>
                <RecordAnchor collection={row.collection} recordKey={row.key} />
              </Table.Td>
              <Table.Th scope="row">{row.field === null ? texts.state.wholeRecord : fieldLabel(row.field)}</Table.Th>
              <Table.Td className="breakable">
                {row.base === null ? words.baseUnknown : <FieldValue collection={row.collection} field={row.field} value={row.base.value} />}
              </Table.Td>
              {(['crm', 'cloud'] as const).map((side) => (
                <Table.Td key={side} className="breakable">
                  <ConflictValue row={row} side={side} chosen={choices[row.id]} choose={mayGovern && row.outcome === 'review' ? choose : undefined} />
                </Table.Td>
              ))}
              <Table.Td className="nowrap">
                <ConflictOutcome row={row} />
                {mayGovern && row.outcome === 'crm' && <RestoreButton conflict={row} />}
              </Table.Td>
              <Table.Td className="nowrap">
                <Moment at={row.createdAt} />
                {row.actor !== null && (
                  <Text size="xs" c="dimmed">
                    {row.actor}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </ScrolledTable>
      )}
      {data !== undefined && data.total > data.rows.length && (
        <Text size="sm" c="dimmed">
          {texts.common.more(data.rows.length, data.total)}
        </Text>
      )}
      {waiting.length > 0 && (
        <Group justify="flex-end" className="form-footer">
          <Button disabled={chosen.length === 0} onClick={() => setAsking(true)}>
            {words.apply(chosen.length)}
          </Button>
        </Group>
      )}
      <ReasonDialog
        key={String(asking)}
        opened={asking}
        title={words.apply(chosen.length)}
        text={words.applyText}
        confirm={words.confirm}
        busy={decide.isPending}
        onConfirm={(reason) => decide.mutate(reason)}
        close={() => setAsking(false)}
      />
      {decide.error !== null && <Text size="sm">{errorText(decide.error)}</Text>}
    </Stack>
  );
}
