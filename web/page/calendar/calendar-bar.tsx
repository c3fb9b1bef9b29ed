import { ActionIcon, Button, Group, SegmentedControl, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { type CalendarPeriod, PERIODS, periodTitle, shiftPeriod } from './calendar-period.ts';

/** What a page says around a calendar. */
export interface CalendarWords {
  readonly today: string;
  readonly earlier: string;
  readonly later: string;
  /** Names the choice of a period. */
  readonly period: string;
  readonly periods: Readonly<Record<CalendarPeriod, string>>;
}

/** What a calendar shows, and the ways to what came before and comes after. */
export function CalendarBar({
  period,
  date,
  words,
  formatLanguage,
  show,
}: {
  readonly period: CalendarPeriod;
  /** A day of the period. */
  readonly date: string;
  readonly words: CalendarWords;
  readonly formatLanguage: string;
  /** Shows another period, or another day; none is today. */
  readonly show: (changed: { readonly period?: CalendarPeriod; readonly date?: string | undefined }) => void;
}): ReactNode {
  return (
    <Group justify="space-between">
      <Group gap="xs">
        <Button variant="default" onClick={() => show({ date: undefined })}>
          {words.today}
        </Button>
        <ActionIcon variant="default" size={36} aria-label={words.earlier} onClick={() => show({ date: shiftPeriod(period, date, -1) })}>
          <IconChevronLeft size={18} />
        </ActionIcon>
        <ActionIcon variant="default" size={36} aria-label={words.later} onClick={() => show({ date: shiftPeriod(period, date, 1) })}>
          <IconChevronRight size={18} />
        </ActionIcon>
        <Text fw={600} aria-live="polite">
          {periodTitle(period, date, formatLanguage)}
        </Text>
      </Group>
      <SegmentedControl
        aria-label={words.period}
        value={period}
        onChange={(value) => show({ period: value as CalendarPeriod })}
        data={PERIODS.map((value) => ({ value, label: words.periods[value] }))}
      />
    </Group>
  );
}
