import '@fullcalendar/react/skeleton.css';
import '@fullcalendar/react/themes/classic/theme.css';
import './calendar.css';
import { ActionIcon, Alert, Button, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import Calendar from '@fullcalendar/react';
import dayGrid from '@fullcalendar/react/daygrid';
import interaction from '@fullcalendar/react/interaction';
import german from '@fullcalendar/react/locales/de';
import classicTheme from '@fullcalendar/react/themes/classic';
import timeGrid from '@fullcalendar/react/timegrid';
import { IconChevronLeft, IconChevronRight, IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Appointment, CalendarItem } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { useCollectionOf } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { shiftDay, today } from '../app/format.ts';
import { RecordDrawer } from '../records/record-drawer.tsx';
import { useListSearch } from '../records/use-list.ts';
import { useMay } from '../session/session.ts';
import { language, texts } from '../texts/texts.ts';
import { appointmentView } from './appointment-view.ts';
import { type CalendarPeriod, daysOf, periodTitle, shiftPeriod } from './calendar-period.ts';

const words = texts.appointment;
const VIEWS = { day: 'timeGridDay', week: 'timeGridWeek', month: 'dayGridMonth' } as const;
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
            {periodTitle(period, date)}
          </Text>
        </Group>
        <SegmentedControl aria-label={words.period} value={period} onChange={(value) => change({ period: value as CalendarPeriod })} data={PERIODS} />
      </Group>
      {days.isError && <ErrorView error={days.error} retry={() => void days.refetch()} />}
      {days.data?.truncated === true && <Alert color="yellow">{words.tooMany}</Alert>}
      {/* Wider than a phone: it scrolls sideways, by the keyboard too. */}
      <section className="calendar" data-period={period} aria-label={words.asCalendar} tabIndex={0}>
        <Calendar
          // Its own state follows the address, not the other way round.
          key={`${period} ${date}`}
          plugins={[dayGrid, timeGrid, interaction, classicTheme]}
          locales={[german]}
          locale={language}
          // The server has brought every time onto the viewer's clock: they are shown as they are.
          timeZone="UTC"
          now={() => localNow()}
          initialView={VIEWS[period]}
          initialDate={date}
          headerToolbar={false}
          firstDay={1}
          height="auto"
          nowIndicator
          scrollTime="07:00:00"
          slotMinTime="00:00:00"
          dayMaxEvents={4}
          events={(days.data?.entries ?? []).map(toEvent)}
          eventClick={({ event, jsEvent }) => {
            jsEvent.preventDefault();
            change({ open: String(event.extendedProps['recordId']) });
          }}
          dateClick={({ dateStr }) => mayWrite && change({ open: 'new', begins: dateStr.slice(0, 16) })}
        />
      </section>
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

/** A calendar's entry; the same series stands in it several times. */
function toEvent({ id, title, allDay, start, end, status, recurring }: CalendarItem) {
  const name = `${recurring ? '↻ ' : ''}${title || words.unnamed}`;
  return {
    id: `${id} ${start}`,
    title: status === 'cancelled' ? `${words.statuses.cancelled}: ${name}` : name,
    allDay,
    start,
    ...(end === null || end === start ? {} : { end }),
    extendedProps: { recordId: id },
    className: `calendar-${status}`,
    // Reached and opened by the keyboard too.
    interactive: true,
  };
}

/** What a new appointment begins with: where somebody clicked, or the morning of the day that is shown. */
function initialOf(begins: string | undefined, date: string): Partial<Appointment> {
  if (begins === undefined) return { startsAt: `${date}T09:00`, timeZone: VIEWER_ZONE };
  return begins.includes('T') ? { startsAt: begins, timeZone: VIEWER_ZONE } : { allDay: true, startDate: begins, endDate: shiftDay(begins, 1) };
}

/** The viewer's clock as a wall time. */
function localNow(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
