import type { enRecurrence } from './recurrence-en.ts';

const ORDINALS: Readonly<Record<number, string>> = { 1: 'ersten', 2: 'zweiten', 3: 'dritten', 4: 'vierten', 5: 'fünften' };

/** Words about appointments that repeat, in German. */
export const deRecurrence: typeof enRecurrence = {
  label: 'Wiederholung',
  frequencies: { never: 'Keine', DAILY: 'Täglich', WEEKLY: 'Wöchentlich', MONTHLY: 'Monatlich', YEARLY: 'Jährlich', rule: 'Nach eigener Regel' },
  interval: 'Alle',
  units: {
    DAILY: (n) => (n === 1 ? 'Tag' : 'Tage'),
    WEEKLY: (n) => (n === 1 ? 'Woche' : 'Wochen'),
    MONTHLY: (n) => (n === 1 ? 'Monat' : 'Monate'),
    YEARLY: (n) => (n === 1 ? 'Jahr' : 'Jahre'),
  },
  every: {
    DAILY: (n) => (n === 1 ? 'Jeden Tag' : `Alle ${n} Tage`),
    WEEKLY: (n) => (n === 1 ? 'Jede Woche' : `Alle ${n} Wochen`),
    MONTHLY: (n) => (n === 1 ? 'Jeden Monat' : `Alle ${n} Monate`),
    YEARLY: (n) => (n === 1 ? 'Jedes Jahr' : `Alle ${n} Jahre`),
  },
  on: (days) => ` am ${days}`,
  weekdays: 'An diesen Tagen',
  pattern: 'Am',
  monthDay: (day) => `${day}.`,
  lastDay: 'letzten Tag des Monats',
  weekdayOfMonth: (position, weekday) => `${ORDINALS[position] ?? 'letzten'} ${weekday}`,
  ofMonth: (days, month) => `${days} im ${month}`,
  ends: 'Endet',
  end: { never: 'Nie', until: 'An einem Tag', count: 'Nach einigen Malen' },
  until: 'Letzter möglicher Tag',
  count: 'Wie oft',
  times: (n) => (n === 1 ? 'Mal' : 'Male'),
  untilDay: (day) => ` bis ${day}`,
  forTimes: (n) => `, ${n} Mal`,
  rule: 'Regel',
  ruleHelp: 'So, wie Kalender sie schreiben (RRULE nach RFC 5545), zum Beispiel FREQ=MONTHLY;BYDAY=2TU.',
  editRule: 'Die Regel selbst bearbeiten',
  first: (days) => `Zuerst: ${days}`,
  neverHappens: 'Nach dieser Regel findet der Termin nie statt.',
  everyOne: 'Was Sie hier ändern, gilt für alle Vorkommen.',
  leftOut: (days, more) => `Entfällt am ${days}${more > 0 ? ` und an ${more} weiteren Tagen` : ''}.`,
  oneOfSeries: 'Das ist ein einzelnes Vorkommen einer Serie und weicht von ihr ab.',
  openSeries: 'Serie öffnen',
};
