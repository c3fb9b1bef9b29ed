import type { ReactNode } from 'react';
import { CalendarView } from '../../../../web/page/calendar/calendar-view.tsx';
import { today } from '../../../../web/page/dates/viewer-clock.ts';
import { go, useAddress } from '../app/address.ts';
import type { ListSearch } from '../app/place.ts';
import { ErrorView } from '../app/error-view.tsx';
import type { Collection } from '../records/collections.ts';
import { RecordDrawer } from '../records/record-drawer.tsx';
import { useEmployeeMay } from '../session/session.ts';
import { collectionText, formatLanguage, texts } from '../texts/texts.ts';
import { newTimes } from './appointment-times.ts';
import { ViewSwitch } from './view-switch.tsx';

const words = { ...texts.calendar, unnamed: texts.list.nameless, cancelled: texts.values['cancelled'] ?? '' };

/** A collection with times by day, week or month; which one, and of when, stands in the address. */
export function RecordCalendar({ collection }: { readonly collection: Collection }): ReactNode {
  const mayEdit = useEmployeeMay('edit');
  const { collection: _, ...shown } = useAddress();
  const show = (changed: Partial<ListSearch>): void => go(collection.name, { ...shown, ...changed }, changed.open === undefined ? 'replace' : 'push');
  return (
    <CalendarView
      title={collectionText(collection.name)}
      switcher={<ViewSwitch view="calendar" change={(view) => show({ view })} />}
      add={mayEdit && collection.insertable ? texts.list.add : undefined}
      path={`records/${collection.name}/calendar`}
      queryKey={['records', collection.name, 'calendar']}
      place={shown}
      show={show}
      openOf={(id) => JSON.stringify({ id })}
      words={words}
      formatLanguage={formatLanguage}
      renderError={(error, retry) => <ErrorView error={error} retry={retry} />}
    >
      <RecordDrawer
        collection={collection}
        open={shown.open}
        initial={newTimes(shown.date ?? today(), shown.begins)}
        close={() => show({ open: undefined, begins: undefined })}
      />
    </CalendarView>
  );
}
