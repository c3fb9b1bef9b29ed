import type { ReactNode } from 'react';
import { CalendarView } from '../../../../web/page/calendar/calendar-view.tsx';
import { today, VIEWER_ZONE } from '../../../../web/page/dates/viewer-clock.ts';
import type { Appointment } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { useCollectionOf } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { shiftDay } from '../app/format.ts';
import { RecordDrawer } from '../records/record-drawer.tsx';
import { useRecordRights } from '../records/record-rights.ts';
import { useListSearch } from '../records/use-list.ts';
import { useMay } from '../session/session.ts';
import { formatLanguage, texts } from '../texts/texts.ts';
import { appointmentView } from './appointment-view.ts';

const words = { ...texts.appointment, cancelled: texts.appointment.statuses.cancelled };

/** Appointments by day, week or month; which one, and of when, stands in the address. */
export function AppointmentCalendar({ switcher }: { readonly switcher: ReactNode }): ReactNode {
  const { search, change } = useListSearch();
  const isInsertable = useRecordRights('appointments')?.insertable !== false;
  const mayAdd = useMay('write') && isInsertable;
  const collection = useCollectionOf(appointmentView.table);
  return (
    <CalendarView
      title={texts.navigation.appointments}
      switcher={switcher}
      add={mayAdd ? texts.list.create.appointments : undefined}
      path="calendar"
      queryKey={[KEYS.records, 'appointments', 'calendar']}
      place={search}
      show={change}
      openOf={(id) => id}
      words={words}
      formatLanguage={formatLanguage}
      renderError={(error, retry) => <ErrorView error={error} retry={retry} />}
    >
      <RecordDrawer
        view={appointmentView}
        open={search.open}
        initial={initialOf(search.begins, search.date ?? today())}
        collection={collection}
        go={(open) => change({ open, begins: undefined })}
      />
    </CalendarView>
  );
}

/** What a new appointment begins with: where somebody clicked, or the morning of the day that is shown. */
function initialOf(begins: string | undefined, date: string): Partial<Appointment> {
  if (begins === undefined) return { startsAt: `${date}T09:00`, timeZone: VIEWER_ZONE };
  return begins.includes('T') ? { startsAt: begins, timeZone: VIEWER_ZONE } : { allDay: true, startDate: begins, endDate: shiftDay(begins, 1) };
}
