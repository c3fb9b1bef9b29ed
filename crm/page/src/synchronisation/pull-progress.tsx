import { Alert, Anchor, Button, Group, Loader, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import type { Run, SyncRequest } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { collectionName } from './options-table.tsx';

const isFinished = (row: SyncRequest | undefined): boolean => row?.state === 'done' || row?.state === 'failed';

/** What became of the requests of a pull, as far as they are known: nothing is told as done or left out before all are. */
export function pullOutcome(rows: readonly (SyncRequest | undefined)[]): {
  readonly text: string;
  readonly failed: boolean;
  readonly runs: readonly Run[];
  readonly leftOut: readonly (readonly [collection: string, code: string])[];
} {
  const finished = rows.every(isFinished);
  const runs = rows.flatMap((row) => row?.run ?? []);
  const failed = rows.some((row) => row?.state === 'failed') || runs.some((run) => run.state === 'failed' || run.state === 'refused');
  const total = (name: 'applied' | 'conflicted' | 'quarantined' | 'offered'): number => runs.reduce((sum, run) => sum + run.books[name], 0);
  const text = (): string => {
    if (!finished) return rows.some((row) => row?.state === 'claimed') ? texts.sync.running : texts.sync.ordered;
    if (failed) return texts.sync.pullFailed;
    return total('offered') === 0 ? texts.sync.pulledNothing : texts.sync.pulled(total('applied'), total('conflicted'), total('quarantined'));
  };
  return { text: text(), failed, runs, leftOut: finished ? rows.flatMap((row) => Object.entries(row?.leftOut ?? {})) : [] };
}

/** What becomes of an ordered pull, until its runs have finished. */
export function PullProgress({
  requests,
  onFinished,
  dismiss,
}: {
  readonly requests: readonly string[];
  readonly onFinished: () => void;
  readonly dismiss: () => void;
}): ReactNode {
  const rows = useQueries({
    queries: requests.map((id) => ({
      queryKey: [KEYS.request, id],
      queryFn: () => request<SyncRequest>('GET', `requests/${id}`),
      // Events tell of it sooner.
      refetchInterval: ({ state }: { state: { data: SyncRequest | undefined } }) => (isFinished(state.data) ? false : 3000),
    })),
  }).map(({ data }) => data);
  const finished = rows.every(isFinished);
  useEffect(() => {
    if (!finished) return;
    onFinished();
    void queryClient.invalidateQueries({ queryKey: [KEYS.status] });
  }, [finished, onFinished]);

  const { text, failed, runs, leftOut } = pullOutcome(rows);
  const icon = finished ? failed ? <IconAlertTriangle /> : <IconCircleCheck /> : <Loader size={20} aria-label={texts.sync.pulling} />;
  return (
    <Alert color={finished ? (failed ? 'red' : 'teal') : 'blue'} icon={icon} role="status">
      <Group justify="space-between">
        <Group gap="md">
          <Text size="sm">{text}</Text>
          {leftOut.map(([collection, code]) => (
            <Text key={collection} size="sm">
              {texts.sync.leftOut(collectionName(collection), reasonText(code))}
            </Text>
          ))}
          {runs.map((run) =>
            run.url === null ? null : (
              <Anchor key={run.id} href={run.url} target="_blank" rel="noreferrer" size="sm" underline="always">
                {texts.sync.openRun}
              </Anchor>
            ),
          )}
        </Group>
        {finished && (
          <Button size="xs" variant="default" onClick={dismiss}>
            {texts.sync.dismiss}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
