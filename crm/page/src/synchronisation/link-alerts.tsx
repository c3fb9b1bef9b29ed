import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Link } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { useMay } from '../session/session.ts';
import { TechnicalDetail } from '../parts/technical-detail.tsx';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { RefusalAlerts } from './refusal-alerts.tsx';

/** Links that do not flow: why, and for an administrator the way on from a pause. */
export function LinkAlerts({ links }: { readonly links: readonly Link[] }): ReactNode {
  const mayGovern = useMay('govern');
  const resume = useMutation({
    mutationFn: (link: string) => request('POST', 'resume', { link }),
    onSuccess: () => {
      sayDone(texts.sync.resumedDone);
      void queryClient.invalidateQueries({ queryKey: [KEYS.status] });
    },
    onError: sayError,
  });
  const halted = links.filter(({ state }) => state === 'paused' || state === 'stopped');
  if (halted.length === 0 && links.every(({ refusal }) => refusal === null)) return null;
  return (
    <Stack gap="sm">
      <RefusalAlerts links={links} />
      {halted.map(({ name, state, stateCode, stateReason, stateBy }) => (
        <Alert key={name} color={state === 'paused' ? 'yellow' : 'red'} title={links.length > 1 ? name : undefined} role="status">
          <Group justify="space-between">
            <div>
              <Text size="sm">
                {state === 'paused' ? texts.sync.pausedBy(stateBy ?? '', stateReason ?? '') : texts.sync.stoppedBy(reasonText(stateCode ?? 'link-stopped'))}
              </Text>
              {state === 'stopped' && mayGovern && <TechnicalDetail text={stateReason} />}
            </div>
            {state === 'paused' && mayGovern && (
              <Button size="xs" loading={resume.isPending} onClick={() => resume.mutate(name)}>
                {texts.sync.resume}
              </Button>
            )}
          </Group>
        </Alert>
      ))}
    </Stack>
  );
}
