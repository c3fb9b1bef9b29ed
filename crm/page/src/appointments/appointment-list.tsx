import type { DataTableColumn } from 'mantine-datatable';
import type { ReactNode } from 'react';
import type { Appointment } from '../api/answers.ts';
import { RecordList } from '../records/record-list.tsx';
import { texts } from '../texts/texts.ts';
import { appointmentView, whenText } from './appointment-view.ts';

const words = texts.appointment;

const COLUMNS: DataTableColumn<Appointment>[] = [
  { accessor: 'start', title: words.when, sortable: true, render: whenText },
  { accessor: 'location', title: words.location, sortable: true, visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.md})` },
  {
    accessor: 'status',
    title: words.status,
    sortable: true,
    render: ({ status }) => words.statuses[status],
    visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.lg})`,
  },
];

/** The list of appointments. */
export function AppointmentList(): ReactNode {
  return (
    <RecordList
      view={appointmentView}
      title={texts.navigation.appointments}
      columns={COLUMNS}
      nameColumn={{ title: words.summary, sort: 'summary' }}
      defaultSort="start"
    />
  );
}
