import { Anchor, Button, CloseButton, Group, Text } from '@mantine/core';
import { IconCloudUpload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { TotalKind } from '../../../records/find-keys.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';

/** What is selected: records of the page, or everything that the list's search and filters find. */
export interface Selected {
  readonly ids: readonly string[];
  readonly everything: boolean;
}

/** Synchronises the selected records; their states show how it goes. For everything, the search travels and no ids. */
export function SynchroniseBar({
  collection,
  selected,
  matching,
  change,
}: {
  readonly collection: string;
  readonly selected: Selected;
  readonly matching: {
    readonly search: string;
    readonly filters: Readonly<Record<string, string>>;
    readonly total: number;
    readonly totalIs: TotalKind;
    /** Whether the whole page is selected, and there is more than it. */
    readonly isMore: boolean;
  };
  readonly change: (selected: Selected) => void;
}): ReactNode {
  const { ids, everything } = selected;
  const { search, filters, total, totalIs } = matching;
  const synchronise = useMutation({
    mutationFn: () =>
      request<{ records: number }>('POST', 'synchronise', everything ? { collection, matching: { search, filters } } : { collection, keys: ids }),
    onSuccess: ({ records }) => {
      sayDone(texts.list.asked(records));
      void queryClient.invalidateQueries({ queryKey: [KEYS.states] });
    },
    onError: sayError,
  });
  const nothing = ids.length === 0 && !everything;
  const count = texts.list.count(total, totalIs);
  return (
    <Group gap="xs" wrap="wrap">
      {!nothing && (
        <Group gap={4} wrap="nowrap">
          <Text size="sm" aria-live="polite">
            {everything ? texts.list.everythingSelected(count) : texts.list.selected(ids.length)}
          </Text>
          <CloseButton size="sm" aria-label={texts.list.clearSelection} onClick={() => change({ ids: [], everything: false })} />
        </Group>
      )}
      {matching.isMore && !everything && (
        <Anchor component="button" type="button" size="sm" underline="always" onClick={() => change({ ids, everything: true })}>
          {texts.list.selectEverything(count)}
        </Anchor>
      )}
      <Button
        {...(nothing ? { visibleFrom: 'sm' as const } : {})}
        variant={nothing ? 'default' : 'filled'}
        disabled={nothing}
        loading={synchronise.isPending}
        leftSection={<IconCloudUpload size={18} aria-hidden />}
        onClick={() => synchronise.mutate()}
      >
        {texts.list.synchronise}
      </Button>
    </Group>
  );
}
