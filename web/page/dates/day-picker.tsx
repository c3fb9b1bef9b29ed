import '@mantine/dates/styles.css';
import './day-picker.css';
import 'dayjs/locale/de';
import { DatePicker } from '@mantine/dates';
import { type ReactNode, useEffect, useRef } from 'react';
import { dateTexts, formatLanguage, language } from './date-texts.ts';

/** Escape closes the calendar alone, and not what it stands in (Mantine's drawers look for this mark). */
const OWN_ESCAPE = { 'data-mantine-stop-propagation': 'true' };

const dayName = new Intl.DateTimeFormat(formatLanguage, { dateStyle: 'full', timeZone: 'UTC' });

/** A month's days, of which one is picked: by the pointer, or by arrow keys. */
export function DayPicker({ day, pick }: { readonly day: string | null; readonly pick: (day: string) => void }): ReactNode {
  const calendar = useRef<HTMLDivElement>(null);
  // It comes after the place that holds the focus, since it is loaded when it is asked for.
  useEffect(() => calendar.current?.querySelector<HTMLElement>('button[data-selected], button[data-today]')?.focus({ preventScroll: true }), []);
  return (
    <DatePicker
      ref={calendar}
      className="day-picker"
      highlightToday
      locale={language}
      firstDayOfWeek={1}
      value={day}
      {...(day === null ? {} : { defaultDate: day })}
      onChange={(picked) => picked !== null && pick(picked)}
      ariaLabels={{
        previousMonth: dateTexts.earlier,
        nextMonth: dateTexts.later,
        previousYear: dateTexts.earlier,
        nextYear: dateTexts.later,
        previousDecade: dateTexts.earlier,
        nextDecade: dateTexts.later,
      }}
      getDayAriaLabel={(each) => dayName.format(new Date(`${each}T00:00:00Z`))}
      getDayProps={() => OWN_ESCAPE}
      getMonthControlProps={() => OWN_ESCAPE}
      getYearControlProps={() => OWN_ESCAPE}
      attributes={{ calendarHeaderControl: OWN_ESCAPE, calendarHeaderLevel: OWN_ESCAPE }}
    />
  );
}
