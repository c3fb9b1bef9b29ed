import { Anchor, Group, Stack, Text } from '@mantine/core';
import { IconCloudDownload, IconCloudUpload, IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Run, Story } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatMoment } from '../app/format.ts';
import { StateChip } from '../records/state-chip.tsx';
import { stateText } from '../records/state-text.ts';
import { fieldLabel } from '../texts/field-label.ts';
import { texts } from '../texts/texts.ts';
import { Panel } from './panel.tsx';

const words = texts.history;

/** How a record stands with the cloud, and how it came there: what went last and what came last, when and by which run. */
export function StoryPanel({ collection, id }: { readonly collection: string; readonly id: string }): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.history, 'story', collection, id],
    queryFn: ({ signal }) => request<{ links: Story[] }>('GET', `record-standing${queryString({ collection, key: id })}`, undefined, signal),
  });
  return (
    <Panel title={words.story}>
      {error !== null && <ErrorView error={error} />}
      <Stack gap="md">
        {data?.links.map((story) => (
          <LinkStory key={story.link} story={story} collection={collection} named={data.links.length > 1} />
        ))}
      </Stack>
    </Panel>
  );
}

function LinkStory({
  story: { link, state, sent, received },
  collection,
  named,
}: {
  readonly story: Story;
  readonly collection: string;
  readonly named: boolean;
}): ReactNode {
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {named && <Text size="sm">{link}</Text>}
        <StateChip state={state ?? undefined} collection={collection} />
        {state !== null && <Text size="sm">{stateText(state)}</Text>}
      </Group>
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
    </Stack>
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
