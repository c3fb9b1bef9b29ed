import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { CalendarBar } from '../../../../web/page/calendar/calendar-bar.tsx';
import { CalendarGrid } from '../../../../web/page/calendar/calendar-grid.tsx';
import { daysOf, usualPeriod } from '../../../../web/page/calendar/calendar-period.ts';
import type { Appointment, CalendarItem } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { useCollectionOf } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { shiftDay, today } from '../app/format.ts';
import { RecordDrawer } from '../records/record-drawer.tsx';
import { useListSearch } from '../records/use-list.ts';
import { useMay } from '../session/session.ts';
import { formatLanguage, texts } from '../texts/texts.ts';
import { appointmentView } from './appointment-view.ts';

const words = texts.appointment;
const VIEWER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Appointments by day, week or month; which one, and of when, stands in the address. */
export function AppointmentCalendar({ switcher }: { readonly switcher: ReactNode }): ReactNode {
  const { search, change } = useListSearch();
  const period = search.period ?? usualPeriod();
  const date = search.date ?? today();
  const { from, to } = daysOf(period, date);
  const mayWrite = useMay('write');
  const collection = useCollectionOf(appointmentView.table);
  const days = useQuery({
    queryKey: [KEYS.records, 'appointments', 'calendar', from, to],
    queryFn: () => request<{ entries: CalendarItem[]; truncated: boolean }>('GET', `calendar${queryString({ from, to, timeZone: VIEWER_ZONE })}`),
    placeholderData: keepPreviousData,
  });
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
      <CalendarBar period={period} date={date} words={words} formatLanguage={formatLanguage} show={change} />
      {days.isError && <ErrorView error={days.error} retry={() => void days.refetch()} />}
      {days.data?.truncated === true && <Alert color="yellow">{words.tooMany}</Alert>}
      <CalendarGrid
        label={words.asCalendar}
        language={formatLanguage}
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
