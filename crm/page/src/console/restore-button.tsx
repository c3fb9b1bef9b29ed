import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Conflict } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { texts } from '../texts/texts.ts';
import { valueText } from './value-text.ts';

const words = texts.console.conflicts;

/** Brings the value back that lost; by a release, so that it is in the ledger. */
export function RestoreButton({ conflict: { id, cloudValue } }: { readonly conflict: Conflict }): ReactNode {
  const [opened, { open, close }] = useDisclosure();
  const restore = useMutation({
    mutationFn: (reason: string) => request('POST', `conflicts/${id}/restore`, { reason }),
    onSuccess: () => {
      close();
      sayDone(words.decided(1));
    },
    onError: sayError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status] }),
  });
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={open} ml="xs">
        {words.restore}
      </Button>
      <ReasonDialog
        opened={opened}
        title={words.restore}
        text={words.restoreText(valueText(cloudValue))}
        confirm={words.restore}
        busy={restore.isPending}
        onConfirm={(reason) => restore.mutate(reason)}
        close={close}
      />
    </>
  );
}
