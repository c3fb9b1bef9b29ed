import { Button, Checkbox, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { SetAside } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { texts } from '../texts/texts.ts';

const words = texts.console.aside;

/** Tries several records again that were set aside, or gives them up, with one reason. */
export function BulkMend({
  rows,
  chosen,
  choose,
}: {
  readonly rows: readonly SetAside[];
  readonly chosen: readonly SetAside[];
  readonly choose: (rows: readonly SetAside[]) => void;
}): ReactNode {
  const [act, setAct] = useState<'retry' | 'discard' | null>(null);
  const mend = useMutation({
    mutationFn: async ({ path, reason }: { readonly path: 'retry' | 'discard'; readonly reason: string }) => {
      const failed: unknown[] = [];
      for (const { id } of chosen) await request('POST', `set-aside/${id}/${path}`, { reason }).catch((cause: unknown) => failed.push(cause));
      return { path, done: chosen.length - failed.length, failed };
    },
    onSuccess: ({ path, done, failed }) => {
      setAct(null);
      choose([]);
      if (done > 0) sayDone(words.doneAll[path](done));
      if (failed.length > 0) sayError(failed[0]);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status] }),
  });
  const count = chosen.length;
  return (
    <Group gap="sm" mih={30}>
      <Checkbox
        label={words.selectAll}
        checked={count === rows.length}
        indeterminate={count > 0 && count < rows.length}
        onChange={(event) => choose(event.currentTarget.checked ? rows : [])}
      />
      {count > 0 && (
        <>
          <Text size="sm" aria-live="polite">
            {words.chosen(count)}
          </Text>
          <Button size="xs" onClick={() => setAct('retry')}>
            {words.retryAll(count)}
          </Button>
          <Button size="xs" variant="default" onClick={() => setAct('discard')}>
            {words.discardAll(count)}
          </Button>
        </>
      )}
      <ReasonDialog
        key={act ?? 'none'}
        opened={act !== null}
        title={act === 'discard' ? words.discardAll(count) : words.retryAll(count)}
        text={act === null ? '' : words.text[act]}
        confirm={act === 'discard' ? words.discardAll(count) : words.retryAll(count)}
        danger={act === 'discard'}
        busy={mend.isPending}
        onConfirm={(reason) => act !== null && mend.mutate({ path: act, reason })}
        close={() => setAct(null)}
      />
    </Group>
  );
}
