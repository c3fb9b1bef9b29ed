import { Badge, type MantineColor, Popover, Stack, Text, UnstyledButton } from '@mantine/core';
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
import type { State } from '../api/answers.ts';
import { fieldLabel } from '../texts/field-label.ts';
import { asideText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';

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

/** Where a record stands on its way to the cloud; opens the reason. */
export function StateChip({ state }: { readonly state: State | undefined }): ReactNode {
  if (state === undefined) return null;
  const { color, Icon } = LOOK[state.state];
  const name = texts.state.names[state.state];
  return (
    <Popover width={280} position="bottom-end" withArrow shadow="md">
      <Popover.Target>
        <UnstyledButton className="state-chip" aria-label={texts.state.of(name)} title={texts.state.why(name)} onClick={(event) => event.stopPropagation()}>
          <Badge color={color} leftSection={<Icon size={13} aria-hidden />} rightSection={<IconChevronDown size={13} aria-hidden />}>
            {name}
          </Badge>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown onClick={(event) => event.stopPropagation()}>
        <Stack gap="xs">
          <Text size="sm">{texts.state.explanations[state.state]}</Text>
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
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
