import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { CalendarDays } from '../../../../adaptor/data/calendar/calendar-entries.ts';
import { CalendarBar } from '../../../../web/page/calendar/calendar-bar.tsx';
import { CalendarGrid } from '../../../../web/page/calendar/calendar-grid.tsx';
import { daysOf, usualPeriod } from '../../../../web/page/calendar/calendar-period.ts';
import { queryString, request } from '../../../../web/page/request.ts';
import { go, useAddress } from '../app/address.ts';
import type { ListSearch } from '../app/place.ts';
import { ErrorView } from '../app/error-view.tsx';
import type { Collection } from '../records/collections.ts';
import { RecordDrawer } from '../records/record-drawer.tsx';
import { useEmployeeMay } from '../session/session.ts';
import { collectionText, formatLanguage, texts } from '../texts/texts.ts';
import { newTimes, today, VIEWER_ZONE } from './appointment-times.ts';
import { ViewSwitch } from './view-switch.tsx';

const words = texts.calendar;

/** A collection with times by day, week or month; which one, and of when, stands in the address. */
export function RecordCalendar({ collection }: { readonly collection: Collection }): ReactNode {
  const mayEdit = useEmployeeMay('edit');
  const { collection: _, ...shown } = useAddress();
  const show = (changed: Partial<ListSearch>): void => go(collection.name, { ...shown, ...changed }, changed.open === undefined ? 'replace' : 'push');
  const date = shown.date ?? today();
  const period = shown.period ?? usualPeriod();
  const { from, to } = daysOf(period, date);
  const mayAdd = mayEdit && collection.insertable;
  const days = useQuery({
    queryKey: ['records', collection.name, 'calendar', from, to],
    queryFn: () => request<CalendarDays>('GET', `records/${collection.name}/calendar${queryString({ from, to, timeZone: VIEWER_ZONE })}`),
    placeholderData: keepPreviousData,
  });
  return (
    <Stack data-loading={days.isFetching || undefined}>
      <Group justify="space-between">
        <Group gap="md">
          <Title order={1} size="h2" className="breakable">
            {collectionText(collection.name)}
          </Title>
          <ViewSwitch view="calendar" change={(view) => show({ view })} />
        </Group>
        {mayAdd && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => show({ open: 'new' })}>
            {texts.list.add}
          </Button>
        )}
      </Group>
      <CalendarBar period={period} date={date} words={words} formatLanguage={formatLanguage} show={show} />
      {days.isError && <ErrorView error={days.error} retry={() => void days.refetch()} />}
      {days.data?.truncated === true && <Alert color="yellow">{words.tooMany}</Alert>}
      <CalendarGrid
        label={words.asCalendar}
        language={formatLanguage}
        period={period}
        date={date}
        entries={days.data?.entries ?? []}
        words={{ unnamed: texts.list.nameless, cancelled: texts.values['cancelled'] ?? '' }}
        open={(id) => show({ open: JSON.stringify({ id }) })}
        begin={(begins) => mayAdd && show({ open: 'new', begins })}
      />
      <Text size="xs" c="dimmed">
        {words.inZone(VIEWER_ZONE)}
      </Text>
      <RecordDrawer
        collection={collection}
        open={shown.open}
        initial={newTimes(date, shown.begins)}
        close={() => show({ open: undefined, begins: undefined })}
      />
    </Stack>
  );
}
