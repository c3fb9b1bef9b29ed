import { Alert, Anchor, Stack, Text } from '@mantine/core';
import { IconBellRinging } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useStatus } from '../api/use-status.ts';
import { formatAge, formatLag } from '../app/format.ts';
import { useNow } from '../app/use-now.ts';
import { collectionName } from '../synchronisation/options-table.tsx';
import { texts } from '../texts/texts.ts';
import type { AlarmShown } from './answers.ts';

const words = texts.console.alarms;

/** What should have happened and has not. */
export function AlarmList({ alarms }: { readonly alarms: readonly AlarmShown[] }): ReactNode {
  const now = useNow();
  const { temporalUrl = null, links = [] } = useStatus().data ?? {};
  if (alarms.length === 0) return null;
  return (
    <Alert color="red" icon={<IconBellRinging />} title={words.title} role="alert">
      <Stack gap={4}>
        {alarms.map((alarm) => (
          <Text key={alarm.id} size="sm" className="breakable">
            {links.length > 1 && alarm.link !== null ? `${alarm.link}: ` : ''}
            {alarmText(alarm, now)} {words.bound(formatLag(alarm.boundMs))}
          </Text>
        ))}
        <Text size="sm">
          {words.help}{' '}
          {temporalUrl !== null && (
            <Anchor href={temporalUrl} target="_blank" rel="noreferrer" size="sm" underline="always">
              {texts.sync.openRun}
            </Anchor>
          )}
        </Text>
      </Stack>
    </Alert>
  );
}

/** What an alarm is about, in the user's words. */
export function alarmText({ kind, collection, direction, since }: AlarmShown, now: number): string {
  const when = formatAge(since, now);
  const way = direction === null ? '' : texts.sync.run.directions[direction];
  if (kind === 'no-run') return words.noRun(way, when);
  if (kind === 'no-proof') return words.noProof(collectionName(collection ?? ''), way, when);
  return kind === 'paused-too-long' ? words.paused(when) : words.unreadable(when);
}
