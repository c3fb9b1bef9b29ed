import { TidegateError } from '../../../../exchange/errors.ts';

/* Recurrence rules of vCalendar 1.0 (versit, 1996, section 2.1.4 "Recurrence Rule"): `W2 TU TH #4`, `MP1 1+ MO 19971224T000000Z`. */

const WEEKDAY = /^(?:MO|TU|WE|TH|FR|SA|SU)$/;
const POSITION = /^([1-5])([+-])$/;
const DAY_OF_MONTH = /^(LD|[1-9]\d?)([+-]?)$/;
const NUMBERS = { YM: /^(?:[1-9]|1[0-2])$/, YD: /^[1-9]\d{0,2}$/ } as const;

const unreadable = (): TidegateError => new TidegateError('value-invalid', 'RRULE is no recurrence rule of vCalendar 1.0.', { property: 'RRULE' });

/** Weekdays with their places in the month: `1+ MO TU 2- FR` is 1MO, 1TU, -2FR. */
function placedWeekdays(words: readonly string[]): readonly string[] {
  let places: string[] = [];
  let open = false;
  const days = words.flatMap((word) => {
    const [, number, sign] = POSITION.exec(word) ?? [];
    if (number !== undefined) {
      places = [...(open ? places : []), `${sign === '-' ? '-' : ''}${number}`];
      open = true;
      return [];
    }
    if (!WEEKDAY.test(word) || places.length === 0) throw unreadable();
    open = false;
    return places.map((place) => `${place}${word}`);
  });
  if (days.length === 0 || open) throw unreadable();
  return days;
}

function daysOfMonth(words: readonly string[]): readonly string[] {
  return words.map((word) => {
    const [, day, sign] = DAY_OF_MONTH.exec(word) ?? [];
    if (day === undefined || Number(day) > 31) throw unreadable();
    return day === 'LD' ? '-1' : `${sign === '-' ? '-' : ''}${day}`;
  });
}

function matching(words: readonly string[], pattern: RegExp): readonly string[] {
  if (!words.every((word) => pattern.test(word))) throw unreadable();
  return words;
}

/** Name of the rule part of a frequency's list, and the list. Without a list the start's own place counts, as in RFC 5545. */
const FREQUENCIES: Readonly<Record<string, (words: readonly string[]) => { freq: string; by?: string; list?: readonly string[] }>> = {
  D: (words) => ({ freq: 'DAILY', list: matching(words, /^$/) }),
  W: (words) => ({ freq: 'WEEKLY', by: 'BYDAY', list: matching(words, WEEKDAY) }),
  MP: (words) => ({ freq: 'MONTHLY', by: 'BYDAY', list: placedWeekdays(words) }),
  MD: (words) => ({ freq: 'MONTHLY', by: 'BYMONTHDAY', list: daysOfMonth(words) }),
  YM: (words) => ({ freq: 'YEARLY', by: 'BYMONTH', list: matching(words, NUMBERS.YM) }),
  YD: (words) => ({ freq: 'YEARLY', by: 'BYYEARDAY', list: matching(words.length === 0 ? [''] : words, NUMBERS.YD) }),
};

/**
 * A rule of vCalendar 1.0 as RFC 5545 writes it. `#5` counts intervals, so that `W1 TU TH #5` has ten occurrences; `#0` is without
 * end, nothing at all means two. Throws `value-invalid` for what is no such rule, has times of the day (`D1 0600 1200`), minutes,
 * or rules inside one another.
 */
export function ruleOfVcalendar(text: string): string {
  const [head = '', ...rest] = text.trim().toUpperCase().replaceAll('$', '').split(/\s+/);
  const [, name = '', interval] = /^(D|W|MP|MD|YM|YD)([1-9]\d{0,3})$/.exec(head) ?? [];
  const frequency = FREQUENCIES[name];
  if (frequency === undefined) throw unreadable();
  const last = rest.at(-1) ?? '';
  const count = /^#(\d{1,6})$/.exec(last)?.[1];
  const until = /^\d{8}(?:T\d{6}Z?)?$/.test(last) ? last : undefined;
  const { freq, by, list = [] } = frequency(count === undefined && until === undefined ? rest : rest.slice(0, -1));
  const parts = [`FREQ=${freq}`, `INTERVAL=${interval}`];
  if (by !== undefined && list.length > 0) parts.push(`${by}=${list.join(',')}`);
  if (until !== undefined) parts.push(`UNTIL=${until}`);
  else if (count === undefined || Number(count) > 0) parts.push(`COUNT=${Number(count ?? 2) * Math.max(1, list.length)}`);
  return parts.join(';');
}
