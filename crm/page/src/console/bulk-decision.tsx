import { Button, Menu } from '@mantine/core';
import { IconListCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { collectionName } from '../synchronisation/options-table.tsx';
import { texts } from '../texts/texts.ts';

const words = texts.console.conflicts;

/** Decides everything that waits (of one collection, where one is chosen) by one rule, with one reason. */
export function BulkDecision({ collection }: { readonly collection: string | null }): ReactNode {
  const [side, setSide] = useState<'crm' | 'cloud' | null>(null);
  const decide = useMutation({
    mutationFn: (reason: string) =>
      request<{ decided: number; refused: object[]; left: number }>('POST', 'conflicts/decide', {
        side,
        reason,
        ...(collection === null ? {} : { collection }),
      }),
    onSuccess: ({ decided, refused, left }) => {
      setSide(null);
      sayDone(words.bulkDone(decided, refused.length + left));
    },
    onError: sayError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status] }),
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconListCheck size={18} aria-hidden />}>
            {words.bulk}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setSide('crm')}>{words.bulkCrm}</Menu.Item>
          <Menu.Item onClick={() => setSide('cloud')}>{words.bulkCloud}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ReasonDialog
        key={side ?? 'none'}
        opened={side !== null}
        title={side === 'cloud' ? words.bulkCloud : words.bulkCrm}
        text={words.bulkText(collection === null ? texts.common.all : collectionName(collection))}
        confirm={words.confirm}
        danger={side === 'cloud'}
        busy={decide.isPending}
        onConfirm={(reason) => decide.mutate(reason)}
        close={() => setSide(null)}
      />
    </>
  );
}
