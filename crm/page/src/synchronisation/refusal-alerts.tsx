import { Alert, Button, Group, Text } from '@mantine/core';
import { IconHourglass } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Link } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { formatAge } from '../app/format.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { useNow } from '../app/use-now.ts';
import { useMay } from '../session/session.ts';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';

const words = texts.sync;

/** Links whose last run to the cloud was refused or failed: it is tried again after a while, or at once for who asks. */
export function RefusalAlerts({ links }: { readonly links: readonly Link[] }): ReactNode {
  const maySynchronise = useMay('synchronise');
  const now = useNow();
  const ask = useMutation({
    mutationFn: () => request('POST', 'synchronise', { all: true }),
    onSuccess: () => sayDone(words.asked),
    onError: sayError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status] }),
  });
  return links.map(({ name, state, refusal }) =>
    refusal === null || state !== 'open' ? null : (
      <Alert key={name} color="yellow" icon={<IconHourglass />} title={links.length > 1 ? name : undefined} role="status">
        <Group justify="space-between">
          <Text size="sm" className="grow" miw={220}>
            {words.refused(words.run.directions.forward, formatAge(refusal.at, now), reasonText(refusal.code))} {words.refusedHelp}
          </Text>
          {maySynchronise && (
            <Button size="xs" loading={ask.isPending} onClick={() => ask.mutate()}>
              {words.askNow}
            </Button>
          )}
        </Group>
      </Alert>
    ),
  );
}
