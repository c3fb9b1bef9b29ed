import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { today, VIEWER_ZONE } from '../dates/viewer-clock.ts';
import { queryString, request } from '../request.ts';
import { CalendarBar, type CalendarWords } from './calendar-bar.tsx';
import { CalendarGrid, type GridEntry } from './calendar-grid.tsx';
import { type CalendarPeriod, daysOf, usualPeriod } from './calendar-period.ts';

/** What the API tells of days; `truncated` where there is more than one answer holds. */
interface Days {
  readonly entries: readonly GridEntry[];
  readonly truncated: boolean;
}

/** What a page says around its calendar as a whole. */
export interface CalendarViewWords extends CalendarWords {
  readonly asCalendar: string;
  readonly tooMany: string;
  readonly inZone: (zone: string) => string;
  /** An entry without a name; what stands before one that was cancelled. */
  readonly unnamed: string;
  readonly cancelled: string;
}

/** What an address says of a calendar: the period and a day of it (none: the usual one, today), and when a new entry begins. */
export interface CalendarPlace {
  readonly period?: CalendarPeriod | undefined;
  readonly date?: string | undefined;
  readonly open?: string | undefined;
  readonly begins?: string | undefined;
}

/** A calendar with its heading, by day, week or month; what it shows stands in the page's address, which `show` changes. */
export function CalendarView({
  title,
  switcher,
  add,
  path,
  queryKey,
  place,
  show,
  openOf,
  words,
  formatLanguage,
  renderError,
  children,
}: {
  readonly title: string;
  /** Beside the heading: another way to look at the same records. */
  readonly switcher: ReactNode;
  /** What adds an entry; undefined for who may not. */
  readonly add: string | undefined;
  /** Where the API tells of the entries of days, and under which key that is kept. */
  readonly path: string;
  readonly queryKey: readonly string[];
  readonly place: CalendarPlace;
  readonly show: (changed: CalendarPlace) => void;
  /** How an address names the record of an entry. */
  readonly openOf: (id: string) => string;
  readonly words: CalendarViewWords;
  readonly formatLanguage: string;
  readonly renderError: (error: unknown, retry: () => void) => ReactNode;
  /** Below: the record that is open. */
  readonly children: ReactNode;
}): ReactNode {
  const { period = usualPeriod(), date = today() } = place;
  const { from, to } = daysOf(period, date);
  const days = useQuery({
    queryKey: [...queryKey, from, to],
    queryFn: () => request<Days>('GET', `${path}${queryString({ from, to, timeZone: VIEWER_ZONE })}`),
    placeholderData: keepPreviousData,
  });
  return (
    <Stack data-loading={days.isFetching || undefined}>
      <Group justify="space-between">
        <Group gap="md">
          <Title order={1} size="h2" className="breakable">
            {title}
          </Title>
          {switcher}
        </Group>
        {add !== undefined && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => show({ open: 'new' })}>
            {add}
          </Button>
        )}
      </Group>
      <CalendarBar period={period} date={date} words={words} formatLanguage={formatLanguage} show={show} />
      {days.isError && renderError(days.error, () => void days.refetch())}
      {days.data?.truncated === true && <Alert color="yellow">{words.tooMany}</Alert>}
      <CalendarGrid
        label={words.asCalendar}
        language={formatLanguage}
        period={period}
        date={date}
        entries={days.data?.entries ?? []}
        words={words}
        open={(id) => show({ open: openOf(id) })}
        begin={(begins) => add !== undefined && show({ open: 'new', begins })}
      />
      <Text size="xs" c="dimmed">
        {words.inZone(VIEWER_ZONE)}
      </Text>
      {children}
    </Stack>
  );
}
