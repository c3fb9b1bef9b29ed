import { Badge, Button, type MantineColor, Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import {
  type Icon,
  IconAlertTriangle,
  IconArrowsSplit,
  IconCheck,
  IconChevronDown,
  IconClock,
  IconCloudUpload,
  IconFilter,
  IconHourglass,
  IconLock,
  IconSend,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import type { State } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { RoutedAnchor } from '../app/routed.tsx';
import { StorySteps, useStories } from '../history/story-steps.tsx';
import { sayDone, sayError } from '../app/say-error.ts';
import { useMay } from '../session/session.ts';
import { fieldLabel } from '../texts/field-label.ts';
import { asideText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { isFromCloud, stateText } from './state-text.ts';

const LOOK: Readonly<Record<State['state'], { readonly color: MantineColor; readonly Icon: Icon }>> = {
  private: { color: 'gray.7', Icon: IconLock },
  'set-aside': { color: 'red.9', Icon: IconAlertTriangle },
  filtered: { color: 'gray.7', Icon: IconFilter },
  sent: { color: 'blue.9', Icon: IconSend },
  queued: { color: 'blue.9', Icon: IconClock },
  conflict: { color: 'grape.9', Icon: IconArrowsSplit },
  'never-sent': { color: 'gray.7', Icon: IconCloudUpload },
  waiting: { color: 'blue.9', Icon: IconHourglass },
  'in-step': { color: 'teal.9', Icon: IconCheck },
};

/** Where somebody sees to a state. */
const PLACES: Readonly<Partial<Record<State['state'], string>>> = { conflict: 'conflicts', 'set-aside': 'set-aside' };

/** What somebody can have sent at once. */
const TO_BE_SENT: readonly State['state'][] = ['never-sent', 'waiting', 'set-aside'];

/** Where a record stands on its way to the cloud; opens the reason, what went and came last, and what can be done. */
export function StateChip({
  state,
  collection,
  isToldBeside = false,
}: {
  readonly state: State | undefined;
  readonly collection: string | undefined;
  /** Whether what went and came last stands beside it. */
  readonly isToldBeside?: boolean;
}): ReactNode {
  if (state === undefined) return null;
  const { color, Icon } = LOOK[state.state];
  const name = texts.state.names[state.state];
  return (
    <Popover width={300} position="bottom-end" withArrow shadow="md">
      <Popover.Target>
        <UnstyledButton className="state-chip" aria-label={texts.state.of(name)} title={texts.state.why(name)} onClick={(event) => event.stopPropagation()}>
          <Badge color={color} leftSection={<Icon size={13} aria-hidden />} rightSection={<IconChevronDown size={13} aria-hidden />}>
            {name}
          </Badge>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown onClick={(event) => event.stopPropagation()}>
        <Stack gap="xs">
          <Text size="sm">{stateText(state)}</Text>
          {state.retraction !== null && <Text size="sm">{texts.state.retraction[state.retraction]}</Text>}
          {state.reason !== null && (
            <Text size="sm" className="breakable">
              {state.reason.field === null ? '' : `${fieldLabel(state.reason.field)}: `}
              {asideText(state.reason)}
            </Text>
          )}
          {state.state === 'conflict' && (
            <Text size="sm">
              {texts.state.fields}: {state.conflictFields.map((field) => (field === null ? texts.state.wholeRecord : fieldLabel(field))).join(', ')}
            </Text>
          )}
          {collection !== undefined && !isToldBeside && <LastSteps state={state} collection={collection} />}
          <WhatNext state={state} collection={collection} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** When it went and came last, and by which run; read once somebody asks. */
function LastSteps({ state: { key, link }, collection }: { readonly state: State; readonly collection: string }): ReactNode {
  const story = useStories(collection, key).data?.links.find((each) => each.link === link);
  return story === undefined ? null : <StorySteps story={story} />;
}

/** What can be done about a state: have the record sent now, or decide what waits. */
function WhatNext({ state, collection }: { readonly state: State; readonly collection: string | undefined }): ReactNode {
  const maySynchronise = useMay('synchronise');
  const send = useMutation({
    mutationFn: () => request<{ records: number }>('POST', 'synchronise', { collection, keys: [state.key] }),
    onSuccess: ({ records }) => {
      sayDone(texts.list.asked(records));
      void queryClient.invalidateQueries({ queryKey: [KEYS.states] });
    },
    onError: sayError,
  });
  const place = PLACES[state.state];
  return (
    <>
      {place !== undefined && (
        <RoutedAnchor to="/console" search={{ tab: place, record: state.key } as never} size="sm" underline="always">
          {texts.console.health.see}
        </RoutedAnchor>
      )}
      {collection !== undefined && maySynchronise && TO_BE_SENT.includes(state.state) && !isFromCloud(state) && (
        <Button size="xs" variant="default" loading={send.isPending} onClick={() => send.mutate()}>
          {texts.list.synchronise}
        </Button>
      )}
    </>
  );
}
