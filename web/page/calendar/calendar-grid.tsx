import '@fullcalendar/react/skeleton.css';
import '@fullcalendar/react/themes/classic/theme.css';
import './calendar.css';
import Calendar from '@fullcalendar/react';
import dayGrid from '@fullcalendar/react/daygrid';
import interaction from '@fullcalendar/react/interaction';
import german from '@fullcalendar/react/locales/de';
import classicTheme from '@fullcalendar/react/themes/classic';
import timeGrid from '@fullcalendar/react/timegrid';
import type { ReactNode } from 'react';
import type { CalendarPeriod } from './calendar-period.ts';
import { shownHours } from './shown-hours.ts';

const VIEWS = { day: 'timeGridDay', week: 'timeGridWeek', month: 'dayGridMonth' } as const;

/** What a calendar shows: days (the end exclusive), or wall times on the viewer's clock. */
export interface GridEntry {
  readonly id: string;
  readonly title: string;
  readonly allDay: boolean;
  readonly start: string;
  readonly end: string | null;
  readonly status: string;
  readonly recurring: boolean;
}

/** Entries by day, week or month. */
export function CalendarGrid({
  label,
  language,
  period,
  date,
  entries,
  words,
  open,
  begin,
}: {
  readonly label: string;
  readonly language: string;
  readonly period: CalendarPeriod;
  /** A day of the period. */
  readonly date: string;
  readonly entries: readonly GridEntry[];
  readonly words: { readonly unnamed: string; readonly cancelled: string };
  readonly open: (id: string) => void;
  /** A day or a time was clicked: `2026-07-30`, or with `T09:30`. */
  readonly begin?: (at: string) => void;
}): ReactNode {
  return (
    // Wider than a phone: it scrolls sideways, by the keyboard too.
    <section className="calendar" data-period={period} aria-label={label} tabIndex={0}>
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
        {...shownHours(entries)}
        dayMaxEvents={4}
        events={entries.map((entry) => toEvent(entry, words))}
        eventClick={({ event, jsEvent }) => {
          jsEvent.preventDefault();
          open(String(event.extendedProps['recordId']));
        }}
        dateClick={({ dateStr }) => begin?.(dateStr.slice(0, 16))}
      />
    </section>
  );
}

/** A calendar's entry; the same series stands in it several times. */
function toEvent({ id, title, allDay, start, end, status, recurring }: GridEntry, words: { readonly unnamed: string; readonly cancelled: string }) {
  const name = `${recurring ? '↻ ' : ''}${title || words.unnamed}`;
  return {
    id: `${id} ${start}`,
    title: status === 'cancelled' ? `${words.cancelled}: ${name}` : name,
    allDay,
    start,
    ...(end === null || end === start ? {} : { end }),
    extendedProps: { recordId: id },
    className: `calendar-${status}`,
    // Reached and opened by the keyboard too.
    interactive: true,
  };
}

/** The viewer's clock as a wall time. */
function localNow(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
