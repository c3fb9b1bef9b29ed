import { Anchor, Group, Text } from '@mantine/core';
import { IconCloudDownload, IconCloudUpload, IconExternalLink } from '@tabler/icons-react';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Run, Story } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { formatMoment } from '../app/format.ts';
import { fieldLabel } from '../texts/field-label.ts';
import { texts } from '../texts/texts.ts';

const words = texts.history;

/** How a record stands with the cloud on each link, and how it came there. */
export function useStories(collection: string, id: string): UseQueryResult<{ readonly links: readonly Story[] }> {
  return useQuery({
    queryKey: [KEYS.history, 'story', collection, id],
    queryFn: ({ signal }) => request<{ links: Story[] }>('GET', `record-standing${queryString({ collection, key: id })}`, undefined, signal),
  });
}

/** What of a record went last and what came last, when and by which run. */
export function StorySteps({ story: { state, sent, received } }: { readonly story: Story }): ReactNode {
  return (
    <>
      <Step
        Icon={IconCloudUpload}
        text={
          sent === null
            ? state?.state === 'in-step'
              ? words.sentWithLoad
              : words.nothingSent
            : sent.storedAt === null
              ? words.onTheWay(formatMoment(sent.changedAt))
              : words.stored(formatMoment(sent.storedAt))
        }
        run={sent?.run ?? null}
      />
      <Step
        Icon={IconCloudDownload}
        text={
          received === null
            ? words.nothingReceived
            : words.received(formatMoment(received.at), received.actor ?? words.somebody, received.fields.map((field) => fieldLabel(field)).join(', '))
        }
        run={received?.run ?? null}
      />
    </>
  );
}

function Step({ Icon, text, run }: { readonly Icon: typeof IconCloudUpload; readonly text: string; readonly run: Run | null }): ReactNode {
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <Icon size={18} aria-hidden style={{ flex: 'none' }} />
      <Text size="sm" className="breakable">
        {text}{' '}
        {run?.url != null && (
          <Anchor href={run.url} target="_blank" rel="noreferrer" size="sm" underline="always">
            {texts.sync.openRun} <IconExternalLink size={14} aria-hidden />
          </Anchor>
        )}
      </Text>
    </Group>
  );
}
