import { MAX_REPEATS, partsOf, WEEKDAYS } from '../../../records/recurrence-rule.ts';

/** How often a series repeats, as the form offers it. */
export type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';

/** A recurrence rule of the kinds that the form offers; other rules are kept as they are written. */
export interface Repetition {
  readonly frequency: Frequency;
  /** 0: nothing is entered yet; so is `count`. */
  readonly interval: number;
  /** Of a weekly one; none: the day of its start. */
  readonly weekdays: readonly string[];
  /** Parts of a monthly or yearly rule that say on which day (`BYDAY=2TU`); empty: the day of its start. */
  readonly pattern: string;
  readonly count: number | null;
  /** As the rule writes it. */
  readonly until: string | null;
  /** First day of a week, where the rule says so: it matters every second week. */
  readonly weekStart: string | null;
}

/** A repetition at every turn, without an end. */
export const plainRepetition = (frequency: Frequency): Repetition => ({
  frequency,
  interval: 1,
  weekdays: [],
  pattern: '',
  count: null,
  until: null,
  weekStart: null,
});

const MONTH_DAY = /^BYMONTHDAY=(-1|[1-9]|[12]\d|3[01])$/;
const MONTH_WEEKDAY = /^BYDAY=(-1|[1-5])(MO|TU|WE|TH|FR|SA|SU)$/;
const COMMON = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST'];

/** What a day pattern says; null where it is none that the form offers. */
export function readPattern(pattern: string): { readonly month?: number; readonly day?: number; readonly position?: number; readonly weekday?: string } | null {
  const parts = pattern === '' ? [] : pattern.split(';');
  const month = /^BYMONTH=([1-9]|1[0-2])$/.exec(parts[0] ?? '')?.[1];
  const [which = '', ...more] = month === undefined ? parts : parts.slice(1);
  if (more.length > 0) return null;
  const inMonth = month === undefined ? {} : { month: Number(month) };
  const day = MONTH_DAY.exec(which)?.[1];
  if (day !== undefined) return { ...inMonth, day: Number(day) };
  const [, position, weekday] = MONTH_WEEKDAY.exec(which) ?? [];
  if (position !== undefined && weekday !== undefined) return { ...inMonth, position: Number(position), weekday };
  return which === '' ? inMonth : null;
}

/** A rule as a repetition; null where it says more than the form offers. */
export function readRepetition(rule: string): Repetition | null {
  const parts = partsOf(rule);
  const frequency = parts?.get('FREQ') ?? '';
  if (parts === undefined || !['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'].includes(frequency)) return null;
  const others = [...parts].filter(([name]) => !COMMON.includes(name));
  const days = frequency === 'WEEKLY' ? others : [];
  const weekdays = days[0]?.[1].split(',') ?? [];
  const isWeekly =
    days.length === 0 || (days.length === 1 && days[0]?.[0] === 'BYDAY' && weekdays.every((day) => (WEEKDAYS as readonly string[]).includes(day)));
  const pattern = frequency === 'WEEKLY' ? '' : orderedPattern(others);
  const meant = readPattern(pattern);
  const fits =
    frequency === 'DAILY' ? pattern === '' : frequency === 'MONTHLY' ? meant?.month === undefined : frequency === 'WEEKLY' || isYearly(pattern, meant);
  const interval = number(parts.get('INTERVAL') ?? '1');
  const count = parts.has('COUNT') ? number(parts.get('COUNT') ?? '') : null;
  const until = parts.get('UNTIL') ?? null;
  if (!isWeekly || meant === null || !fits || interval === null || (parts.has('COUNT') && (count === null || until !== null))) return null;
  return { frequency: frequency as Frequency, interval, weekdays, pattern, count, until, weekStart: parts.get('WKST') ?? null };
}

/** A repetition as a rule. */
export function writeRepetition({ frequency, interval, weekdays, pattern, count, until, weekStart }: Repetition): string {
  const days = WEEKDAYS.filter((day) => weekdays.includes(day));
  return [
    `FREQ=${frequency}`,
    ...(interval === 1 ? [] : [`INTERVAL=${interval}`]),
    ...(frequency === 'WEEKLY' && days.length > 0 ? [`BYDAY=${days.join(',')}`] : []),
    ...((frequency === 'MONTHLY' || frequency === 'YEARLY') && pattern !== '' ? [pattern] : []),
    ...(count === null ? [] : [`COUNT=${count}`]),
    ...(count !== null || until === null ? [] : [`UNTIL=${until}`]),
    ...(weekStart === null ? [] : [`WKST=${weekStart}`]),
  ].join(';');
}

/** The days of a month, and of a year, that a start suggests: its date, the last day, its weekday counted from either end. */
export function patternsOf(frequency: Frequency, date: string): readonly string[] {
  const start = new Date(`${date}T00:00:00Z`);
  if ((frequency !== 'MONTHLY' && frequency !== 'YEARLY') || Number.isNaN(start.getTime())) return [''];
  const day = start.getUTCDate();
  const daysInMonth = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate();
  const weekday = WEEKDAYS[(start.getUTCDay() + 6) % 7] ?? 'MO';
  const days = [
    ...(day === daysInMonth && frequency === 'MONTHLY' ? ['BYMONTHDAY=-1'] : []),
    ...(day <= 28 ? [`BYDAY=${Math.ceil(day / 7)}${weekday}`] : []),
    ...(day > daysInMonth - 7 ? [`BYDAY=-1${weekday}`] : []),
  ];
  return ['', ...(frequency === 'YEARLY' ? days.map((each) => `BYMONTH=${start.getUTCMonth() + 1};${each}`) : days)];
}

function orderedPattern(parts: readonly (readonly [string, string])[]): string {
  const month = parts.filter(([name]) => name === 'BYMONTH');
  return [...month, ...parts.filter(([name]) => name !== 'BYMONTH')].map(([name, value]) => `${name}=${value}`).join(';');
}

/** Of a year, a day needs its month: `BYMONTHDAY=1` alone is the first of every month. */
function isYearly(pattern: string, meant: ReturnType<typeof readPattern>): boolean {
  return pattern === '' || (meant?.month !== undefined && (meant.day !== undefined || meant.position !== undefined));
}

function number(text: string): number | null {
  if (!/^\d{1,3}$/.test(text)) return null;
  return Math.min(Number(text), MAX_REPEATS);
}
