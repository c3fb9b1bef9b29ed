import { Box, Text, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCloud, IconPlayerPause } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Status } from '../api/answers.ts';
import { useStatus } from '../api/use-status.ts';
import { formatAge, formatClock, zone } from '../app/format.ts';
import { RoutedAnchor } from '../app/routed.tsx';
import { useNow } from '../app/use-now.ts';
import { texts } from '../texts/texts.ts';

/** The moment up to which every collection is proved to be in the cloud; null where one never was. */
export function provenUpTo({ collections }: Status): string | null {
  const moments = collections.map(({ provenAt }) => provenAt);
  return moments.length === 0 || moments.includes(null) ? null : (moments.toSorted()[0] ?? null);
}

/** How far the cloud is proved complete, in the header of every view. */
export function LastProven(): ReactNode {
  const { data } = useStatus();
  const now = useNow();
  // Its place is kept until it is known, so that nothing beside it jumps.
  if (data === undefined) return <Box className="last-proven" />;
  const { Icon, color, text, short } = proofStanding(data, now);
  return (
    <Tooltip label={texts.proven.help(zone)}>
      <RoutedAnchor to="/synchronisation" underline="hover" c="inherit" size="sm" className="last-proven">
        <Icon size={18} color={color} aria-hidden />
        <Text span size="sm" visibleFrom="md">
          {text}
        </Text>
        <Text span size="sm" hiddenFrom="md" aria-label={text}>
          {short}
        </Text>
      </RoutedAnchor>
    </Tooltip>
  );
}

const COLORS = {
  good: 'var(--mantine-color-teal-7)',
  waiting: 'var(--mantine-color-yellow-8)',
  bad: 'var(--mantine-color-red-7)',
  dim: 'var(--mantine-color-dimmed)',
};

/** How far the cloud is, in words: what stands still comes before what was proved. */
export function proofStanding(status: Status, now: number): { Icon: typeof IconCloud; color: string; text: string; short: string } {
  const has = (state: string): boolean => status.links.some((link) => link.state === state);
  const { stopped, paused, nothing, complete } = texts.proven;
  if (has('stopped')) return { Icon: IconAlertTriangle, color: COLORS.bad, text: stopped, short: stopped };
  if (has('paused')) return { Icon: IconPlayerPause, color: COLORS.waiting, text: paused, short: paused };
  const moment = provenUpTo(status);
  if (moment === null) return { Icon: IconCloud, color: COLORS.dim, text: nothing, short: nothing };
  return { Icon: IconCircleCheck, color: COLORS.good, text: complete(formatClock(moment), formatAge(moment, now)), short: formatAge(moment, now) };
}
