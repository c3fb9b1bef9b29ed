import { Text } from '@mantine/core';
import { IconBellRinging } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { RoutedAnchor } from '../app/routed.tsx';
import { texts } from '../texts/texts.ts';
import { useHealth } from './use-health.ts';

/** Alarms, in the header of every view; nothing while there are none. */
export function AlarmBell(): ReactNode {
  const count = useHealth().data?.alarms.length ?? 0;
  if (count === 0) return null;
  return (
    <RoutedAnchor
      to="/console"
      search={{ tab: 'health' }}
      c="red"
      size="sm"
      fw={650}
      aria-label={texts.console.alarms.short(count)}
      style={{ display: 'inline-flex', alignItems: 'center', gap: 4, color: 'var(--mantine-color-error)' }}
    >
      <IconBellRinging size={18} aria-hidden />
      <Text span inherit visibleFrom="sm">
        {texts.console.alarms.short(count)}
      </Text>
      <Text span inherit hiddenFrom="sm">
        {count}
      </Text>
    </RoutedAnchor>
  );
}
