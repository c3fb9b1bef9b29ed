import { Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Story } from '../api/answers.ts';
import { ErrorView } from '../app/error-view.tsx';
import { StateChip } from '../records/state-chip.tsx';
import { stateText } from '../records/state-text.ts';
import { texts } from '../texts/texts.ts';
import { Panel } from './panel.tsx';
import { StorySteps, useStories } from './story-steps.tsx';

const words = texts.history;

/** How a record stands with the cloud, and how it came there: what went last and what came last, when and by which run. */
export function StoryPanel({ collection, id }: { readonly collection: string; readonly id: string }): ReactNode {
  const { data, error } = useStories(collection, id);
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

function LinkStory({ story, collection, named }: { readonly story: Story; readonly collection: string; readonly named: boolean }): ReactNode {
  const { link, state } = story;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {named && <Text size="sm">{link}</Text>}
        <StateChip state={state ?? undefined} collection={collection} isToldBeside />
        {state !== null && <Text size="sm">{stateText(state)}</Text>}
      </Group>
      <StorySteps story={story} />
    </Stack>
  );
}
