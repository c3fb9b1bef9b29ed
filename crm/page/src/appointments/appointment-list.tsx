import { Center, Loader, SegmentedControl } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { stackedOrFrom } from '../../../../web/page/list/stacked-rows.ts';
import type { Appointment } from '../api/answers.ts';
import { type ListColumn, RecordList } from '../records/record-list.tsx';
import { useListSearch } from '../records/use-list.ts';
import { texts } from '../texts/texts.ts';
import { appointmentView, whenText } from './appointment-view.ts';
import { simpleText } from './repetition-words.ts';
import { Moment } from '../parts/moment.tsx';

const words = texts.appointment;

/** The calendar is heavy, and not what everybody looks at first. */
const AppointmentCalendar = lazy(async () => ({ default: (await import('./appointment-calendar.tsx')).AppointmentCalendar }));

const COLUMNS: readonly ListColumn<Appointment>[] = [
  { accessor: 'start', title: words.when, sortable: true, render: whenText },
  { accessor: 'location', title: words.location, sortable: true, visibleMediaQuery: stackedOrFrom('md') },
  {
    accessor: 'status',
    title: words.status,
    sortable: true,
    render: ({ status }) => words.statuses[status],
    visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.lg})`,
  },
  {
    accessor: 'recurrence',
    title: words.recurring,
    render: ({ recurrence }) => (recurrence === null ? '' : (simpleText(recurrence) ?? texts.recurrence.frequencies.rule)),
    isExtra: true,
  },
  { accessor: 'updatedAt', title: texts.record.changedAt, sortable: true, render: ({ updatedAt }) => <Moment at={updatedAt} />, isExtra: true },
];

/** Appointments, as a list or in a calendar. */
export function AppointmentList(): ReactNode {
  const { search, change } = useListSearch();
  const switcher = (
    <SegmentedControl
      size="xs"
      aria-label={words.view}
      value={search.view ?? 'list'}
      onChange={(view) => change({ view: view === 'calendar' ? 'calendar' : undefined })}
      data={[
        { value: 'list', label: words.asList },
        { value: 'calendar', label: words.asCalendar },
      ]}
    />
  );
  if (search.view === 'calendar') {
    return (
      <Suspense
        fallback={
          <Center h={300}>
            <Loader aria-label={texts.common.loading} />
          </Center>
        }
      >
        <AppointmentCalendar switcher={switcher} />
      </Suspense>
    );
  }
  return (
    <RecordList
      view={appointmentView}
      title={texts.navigation.appointments}
      columns={COLUMNS}
      nameColumn={{ title: words.summary, sort: 'summary' }}
      defaultSort="start"
      switcher={switcher}
    />
  );
}
