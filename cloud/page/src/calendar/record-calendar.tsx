import { ActionIcon, Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { CalendarDays } from '../../../../adaptor/data/calendar/calendar-entries.ts';
import { CalendarGrid } from '../../../../web/page/calendar/calendar-grid.tsx';
import { daysOf, periodTitle, shiftPeriod } from '../../../../web/page/calendar/calendar-period.ts';
import { queryString, request } from '../../../../web/page/request.ts';
import { go, type ListSearch, useAddress } from '../app/address.ts';
import { ErrorView } from '../app/error-view.tsx';
import type { Collection } from '../records/collections.ts';
import { RecordDrawer } from '../records/record-drawer.tsx';
import { useEmployeeMay } from '../session/session.ts';
import { collectionText, formatLanguage, language, texts } from '../texts/texts.ts';
import { ViewSwitch } from './view-switch.tsx';

const words = texts.calendar;
const VIEWER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Today on the viewer's clock: `2026-07-30`. */
const today = (): string => new Intl.DateTimeFormat('sv').format(new Date());

/** A month of a collection with times; which one stands in the address. */
export function RecordCalendar({ collection }: { readonly collection: Collection }): ReactNode {
  const mayEdit = useEmployeeMay('edit');
  const { collection: _, ...shown } = useAddress();
  const show = (changed: Partial<ListSearch>): void => go(collection.name, { ...shown, ...changed }, changed.open === undefined ? 'replace' : 'push');
  const date = shown.date ?? today();
  const { from, to } = daysOf('month', date);
  const days = useQuery({
    queryKey: ['records', collection.name, 'calendar', from, to],
    queryFn: () => request<CalendarDays>('GET', `records/${collection.name}/calendar${queryString({ from, to, timeZone: VIEWER_ZONE })}`),
    placeholderData: keepPreviousData,
  });
  return (
    <Stack>
      <Group justify="space-between">
        <Group gap="md">
          <Title order={1} size="h2" className="breakable">
            {collectionText(collection.name)}
          </Title>
          <ViewSwitch view="calendar" change={(view) => show({ view })} />
        </Group>
        {mayEdit && collection.insertable && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => show({ open: 'new' })}>
            {texts.list.add}
          </Button>
        )}
      </Group>
      <Group gap="xs">
        <Button variant="default" onClick={() => show({ date: undefined })}>
          {words.today}
        </Button>
        <ActionIcon variant="default" size={36} aria-label={words.earlier} onClick={() => show({ date: shiftPeriod('month', date, -1) })}>
          <IconChevronLeft size={18} />
        </ActionIcon>
        <ActionIcon variant="default" size={36} aria-label={words.later} onClick={() => show({ date: shiftPeriod('month', date, 1) })}>
          <IconChevronRight size={18} />
        </ActionIcon>
        <Text fw={600} aria-live="polite">
          {periodTitle('month', date, formatLanguage)}
        </Text>
      </Group>
      {days.isError && <ErrorView error={days.error} retry={() => void days.refetch()} />}
      {days.data?.truncated === true && <Alert color="yellow">{words.tooMany}</Alert>}
      <CalendarGrid
        label={words.month}
        language={language}
        period="month"
        date={date}
        entries={days.data?.entries ?? []}
        words={{ unnamed: texts.list.nameless, cancelled: texts.values['cancelled'] ?? '' }}
        open={(id) => show({ open: JSON.stringify({ id }) })}
      />
      <Text size="xs" c="dimmed">
        {words.inZone(VIEWER_ZONE)}
      </Text>
      <RecordDrawer collection={collection} open={shown.open} close={() => show({ open: undefined })} />
    </Stack>
  );
}
