import { Alert, Button, Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import type { Run } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { RoutedAnchor } from '../app/routed.tsx';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { undoTexts } from '../texts/undo-texts.ts';

const words = undoTexts;

/** GET /api/undo/:id. */
interface Undo {
  readonly state: 'asked' | 'signed' | 'applied' | 'refused';
  readonly errorCode: string | null;
  readonly newRun: Run | null;
}

/** How often an undo that goes on is looked at, in milliseconds: somebody waits for it. */
const LOOK_EVERY_MS = 400;

/** What became of an undo, with a way to the run that did it. */
export function UndoOutcome({ undo, close }: { readonly undo: number; readonly close: () => void }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['undo', 'outcome', undo],
    queryFn: () => request<Undo>('GET', `undo/${undo}`),
    refetchInterval: ({ state: { data: seen } }) => (seen?.state === 'applied' || seen?.state === 'refused' ? false : LOOK_EVERY_MS),
  });
  const state = data?.state ?? 'asked';
  useEffect(() => {
    if (state === 'applied') void queryClient.invalidateQueries({ queryKey: [KEYS.status] });
  }, [state]);
  if (error !== null) return <ErrorView error={error} />;
  const isOver = state === 'applied' || state === 'refused';
  return (
    <Stack gap="sm">
      {state === 'refused' ? (
        <Alert color="red" role="alert">
          {reasonText(data?.errorCode ?? 'unexpected')} {words.failed}
        </Alert>
      ) : (
        <Alert color="teal" role="status">
          {isOver ? words.done : words.going}
        </Alert>
      )}
      <Group justify="space-between">
        {data?.newRun == null ? (
          <span />
        ) : (
          <RoutedAnchor to="/console" search={{ tab: 'runs', run: data.newRun.id }} size="sm" onClick={close}>
            {words.newRun}
          </RoutedAnchor>
        )}
        <Button variant="default" onClick={close}>
          {texts.common.close}
        </Button>
      </Group>
    </Stack>
  );
}
