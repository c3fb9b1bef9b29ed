import { ActionIcon, Alert, Button, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { CalendarGrid } from '../../../../web/page/calendar/calendar-grid.tsx';
import { type CalendarPeriod, daysOf, periodTitle, shiftPeriod } from '../../../../web/page/calendar/calendar-period.ts';
import type { Appointment, CalendarItem } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { useCollectionOf } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { shiftDay, today } from '../app/format.ts';
import { RecordDrawer } from '../records/record-drawer.tsx';
import { useListSearch } from '../records/use-list.ts';
import { useMay } from '../session/session.ts';
import { formatLanguage, language, texts } from '../texts/texts.ts';
import { appointmentView } from './appointment-view.ts';

const words = texts.appointment;
const PERIODS = (['day', 'week', 'month'] as const).map((value) => ({ value, label: words.periods[value] }));
const VIEWER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Appointments by day, week or month; which one, and of when, stands in the address. */
export function AppointmentCalendar({ switcher }: { readonly switcher: ReactNode }): ReactNode {
  const { search, change } = useListSearch();
  const isNarrow = globalThis.innerWidth < 700;
  const period: CalendarPeriod = search.period ?? (isNarrow ? 'day' : 'week');
  const date = search.date ?? today();
  const { from, to } = daysOf(period, date);
  const mayWrite = useMay('write');
  const collection = useCollectionOf(appointmentView.table);
  const days = useQuery({
    queryKey: [KEYS.records, 'appointments', 'calendar', from, to],
    queryFn: () => request<{ entries: CalendarItem[]; truncated: boolean }>('GET', `calendar${queryString({ from, to, timeZone: VIEWER_ZONE })}`),
    placeholderData: keepPreviousData,
  });
  const move = (by: -1 | 1): void => change({ date: shiftPeriod(period, date, by) });
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Group gap="md">
          <Title order={1} size="h2">
            {texts.navigation.appointments}
          </Title>
          {switcher}
        </Group>
        {mayWrite && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => change({ open: 'new' })}>
            {texts.list.create.appointments}
          </Button>
        )}
      </Group>
      <Group justify="space-between">
        <Group gap="xs">
          <Button variant="default" onClick={() => change({ date: undefined })}>
            {words.today}
          </Button>
          <ActionIcon variant="default" size={36} aria-label={words.earlier} onClick={() => move(-1)}>
            <IconChevronLeft size={18} />
          </ActionIcon>
          <ActionIcon variant="default" size={36} aria-label={words.later} onClick={() => move(1)}>
            <IconChevronRight size={18} />
          </ActionIcon>
          <Text fw={600} aria-live="polite">
            {periodTitle(period, date, formatLanguage)}
          </Text>
        </Group>
        <SegmentedControl aria-label={words.period} value={period} onChange={(value) => change({ period: value as CalendarPeriod })} data={PERIODS} />
      </Group>
      {days.isError && <ErrorView error={days.error} retry={() => void days.refetch()} />}
      {days.data?.truncated === true && <Alert color="yellow">{words.tooMany}</Alert>}
      <CalendarGrid
        label={words.asCalendar}
        language={language}
        period={period}
        date={date}
        entries={days.data?.entries ?? []}
        words={{ unnamed: words.unnamed, cancelled: words.statuses.cancelled }}
        open={(id) => change({ open: id })}
        begin={(begins) => mayWrite && change({ open: 'new', begins })}
      />
      <Text size="xs" c="dimmed">
        {words.inZone(VIEWER_ZONE)}
      </Text>
      <RecordDrawer
        view={appointmentView}
        open={search.open}
        initial={initialOf(search.begins, date)}
        collection={collection}
        go={(open) => change({ open, begins: undefined })}
      />
    </Stack>
  );
}

/** What a new appointment begins with: where somebody clicked, or the morning of the day that is shown. */
function initialOf(begins: string | undefined, date: string): Partial<Appointment> {
  if (begins === undefined) return { startsAt: `${date}T09:00`, timeZone: VIEWER_ZONE };
  return begins.includes('T') ? { startsAt: begins, timeZone: VIEWER_ZONE } : { allDay: true, startDate: begins, endDate: shiftDay(begins, 1) };
}
