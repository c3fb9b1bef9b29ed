import { Button, CloseButton, Group, Text } from '@mantine/core';
import { IconCloudUpload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';

/** Synchronises the selected records; their states show how it goes. */
export function SynchroniseBar({
  collection,
  selected,
  clear,
}: {
  readonly collection: string;
  readonly selected: readonly { readonly id: string }[];
  readonly clear: () => void;
}): ReactNode {
  const keys = selected.map((row) => row.id);
  const synchronise = useMutation({
    mutationFn: () => request('POST', 'synchronise', { collection, keys }),
    onSuccess: () => {
      sayDone(texts.list.asked(keys.length));
      void queryClient.invalidateQueries({ queryKey: [KEYS.states] });
    },
    onError: sayError,
  });
  return (
    <Group gap="xs" wrap="nowrap">
      {keys.length > 0 && (
        <Group gap={4} wrap="nowrap">
          <Text size="sm" aria-live="polite">
            {texts.list.selected(keys.length)}
          </Text>
          <CloseButton size="sm" aria-label={texts.list.clearSelection} onClick={clear} />
        </Group>
      )}
      <Button
        variant={keys.length === 0 ? 'default' : 'filled'}
        disabled={keys.length === 0}
        loading={synchronise.isPending}
        leftSection={<IconCloudUpload size={18} aria-hidden />}
        onClick={() => synchronise.mutate()}
      >
        {texts.list.synchronise}
      </Button>
    </Group>
  );
}
