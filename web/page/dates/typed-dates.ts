/*
 * Days and times as people type and read them in one language, whatever the browser's own is: `30.07.2026`, `7/30/2026, 2:30 PM`.
 * What is kept is ISO 8601 without a zone: `2026-07-30`, `14:30`, `2026-07-30T14:30`.
 */

/** What an input takes. */
export type DateKind = 'day' | 'time' | 'moment';

type Part = 'year' | 'month' | 'day';

/** How one language writes and reads dates. */
export interface TypedDates {
  /** What is kept, as people of the language write it; anything else stays as it is. */
  write(kind: DateKind, kept: string): string;
  /** How it is to be written, by letters for a year, month and day: `DD/MM/YYYY`. */
  pattern(kind: DateKind, letters: Readonly<Record<Part, string>>): string;
  /** What was typed, as it is kept; undefined where that is no day or time. ISO 8601 is read in every language. */
  read(kind: DateKind, typed: string): string | undefined;
}

const KEPT: Readonly<Record<DateKind, RegExp>> = {
  day: /^\d{4}-\d{2}-\d{2}$/,
  time: /^\d{2}:\d{2}(:\d{2})?$/,
  moment: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/,
};

/** Two digits of a year mean one at most so many years ahead, else one of the last century. */
const YEARS_AHEAD = 20;

/** Dates in a language, by its tag. `now` completes years that are typed in short or left out. */
export function typedDates(formatLanguage: string, now: () => Date = () => new Date()): TypedDates {
  const day = new Intl.DateTimeFormat(formatLanguage, { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'UTC' });
  const clock = (hasSeconds: boolean) => new Intl.DateTimeFormat(formatLanguage, { timeStyle: hasSeconds ? 'medium' : 'short', timeZone: 'UTC' });
  const order = day
    .formatToParts(0)
    .map(({ type }) => type)
    .filter((type): type is Part => type === 'year' || type === 'month' || type === 'day');

  const writeDay = (kept: string): string => day.format(new Date(`${kept}T00:00:00Z`));
  // Some languages part the time from its half of the day by a narrow space, which nobody types.
  const writeTime = (kept: string): string =>
    clock(!/^\d\d:\d\d(:00)?$/.test(kept))
      .format(new Date(`1970-01-01T${kept}Z`))
      .replaceAll(/\s/g, ' ');

  const readDay = (typed: string): string | undefined => {
    if (KEPT.day.test(typed)) return isDay(typed) ? typed : undefined;
    const numbers = /^\d{1,4}([-./\s]+\d{1,4}){1,2}[-./\s]*$/.test(typed) ? typed.match(/\d+/g) : null;
    if (numbers === null) return undefined;
    // Who leaves the year out means this one.
    const parts = numbers.length === 3 ? order : order.filter((part) => part !== 'year');
    const valueOf = (part: Part): string | undefined => numbers[parts.indexOf(part)];
    const year = valueOf('year') ?? String(now().getFullYear());
    if (year.length !== 2 && year.length !== 4) return undefined;
    return dayOf(year.length === 4 ? Number(year) : fullYear(Number(year), now().getFullYear()), Number(valueOf('month')), Number(valueOf('day')));
  };

  return {
    write: (kind, kept) => {
      if (!isKept(kind, kept)) return kept;
      if (kind !== 'moment') return kind === 'day' ? writeDay(kept) : writeTime(kept);
      return `${writeDay(kept.slice(0, 10))}, ${writeTime(kept.slice(11))}`;
    },
    pattern: (kind, letters) => {
      if (kind === 'time') return 'hh:mm';
      const written = day
        .formatToParts(0)
        .map(({ type, value }) => (type === 'literal' ? value : letters[type as Part]))
        .join('');
      return kind === 'day' ? written : `${written}, hh:mm`;
    },
    read: (kind, text) => {
      const typed = text.trim();
      if (kind !== 'moment') return kind === 'day' ? readDay(typed) : readTime(typed);
      // The time is what comes last and holds no part of the day: its hour, parted by a comma, spaces, or the T of ISO 8601.
      const [, date = '', time = ''] = /^(.*?\d[-./]?)(?:\s*,\s*|\s+|T)(\d{1,2}(?:[:.]?\d{2}){0,2}\s*(?:[ap]\.?\s?m\.?)?)$/i.exec(typed) ?? [];
      const [readDate, readClock] = [readDay(date), readTime(time)];
      return readDate === undefined || readClock === undefined ? undefined : `${readDate}T${readClock}`;
    },
  };
}

/** Whether a text is a day or time as it is kept. */
export function isKept(kind: DateKind, text: string): boolean {
  if (!KEPT[kind].test(text) || Number.isNaN(Date.parse({ day: `${text}T00:00:00Z`, time: `1970-01-01T${text}Z`, moment: `${text}Z` }[kind]))) return false;
  return kind === 'time' || isDay(text.slice(0, 10));
}

/** A time of day: `14:30`, `1430`, `14.30`, `9`, `2:30 pm`. */
function readTime(typed: string): string | undefined {
  const found = /^(\d{1,2})(?:[:.]?(\d{2}))?(?:[:.]?(\d{2}))?\s*(?:([ap])\.?\s?m\.?)?$/i.exec(typed);
  if (found === null) return undefined;
  const [, hour = '', minute = '00', second, half] = found;
  const isTwelve = half !== undefined;
  if (Number(hour) > (isTwelve ? 12 : 23) || (isTwelve && Number(hour) === 0) || Number(minute) > 59 || Number(second ?? 0) > 59) return undefined;
  const hours = isTwelve ? (Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0) : Number(hour);
  return [String(hours).padStart(2, '0'), minute, ...(second === undefined || second === '00' ? [] : [second])].join(':');
}

/** A day of the calendar; undefined where there is none such. */
function dayOf(year: number, month: number, day: number): string | undefined {
  const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  return isDay(text) ? text : undefined;
}

/** Some engines let 31 February run on into March. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text;
}

function fullYear(short: number, thisYear: number): number {
  const century = Math.floor(thisYear / 100) * 100;
  return century + short > thisYear + YEARS_AHEAD ? century - 100 + short : century + short;
}
