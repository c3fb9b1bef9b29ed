import { z } from 'zod';

/*
 * The grammar of recurrence rules (RFC 5545 section 3.3.10, RFC 7529), as far as users may enter them. rrule-temporal leaves
 * out what it does not understand, so that a slip of the pen would become another rule: each part is checked here first.
 */

/** Greatest interval, and greatest number of times: what lies beyond is a slip, and would take long to be worked out. */
export const MAX_REPEATS = 999;

/** Days of the week as rules name them. */
export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;

const listOf = (item: string): RegExp => new RegExp(`^${item}(,${item})*$`);
const upTo = (max: number): string => String.raw`[+-]?(?:${Array.from({ length: max }, (_none, i) => max - i).join('|')})`;
const clock = (max: number): string => String.raw`(?:${Array.from({ length: max + 1 }, (_none, i) => `0?${max - i}`).join('|')})`;
const DAY = `(?:${WEEKDAYS.join('|')})`;

const PARTS: Readonly<Record<string, RegExp>> = {
  FREQ: /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  COUNT: /^[1-9]\d{0,2}$/,
  UNTIL: /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])[0-5]\d[0-5]\dZ?)?$/,
  BYSECOND: listOf(clock(59)),
  BYMINUTE: listOf(clock(59)),
  BYHOUR: listOf(clock(23)),
  BYDAY: listOf(`(?:${upTo(53)})?${DAY}`),
  BYMONTHDAY: listOf(upTo(31)),
  BYYEARDAY: listOf(upTo(366)),
  BYWEEKNO: listOf(upTo(53)),
  BYMONTH: listOf('(?:1[0-2]|[1-9])'),
  BYSETPOS: listOf(upTo(366)),
  WKST: new RegExp(`^${DAY}$`),
  RSCALE: /^[A-Z-]+$/,
  SKIP: /^(OMIT|BACKWARD|FORWARD)$/,
};

/** Parts of a rule by their names; undefined where it is not written as a rule is, or names a part twice. */
export function partsOf(rule: string): ReadonlyMap<string, string> | undefined {
  const pairs = rule
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .split(';')
    .map((part) => part.split('='));
  const parts = new Map(pairs.map(([name = '', value = '']) => [name, value]));
  return pairs.every((pair) => pair.length === 2) && parts.size === pairs.length ? parts : undefined;
}

/** What is wrong with a rule, by the word that the page has for it. */
function faultOf(rule: string): 'rule' | 'rule-often' | 'repeat-number' | 'repeat-until' | undefined {
  const parts = partsOf(rule);
  if (parts === undefined) return 'rule';
  if (/^(SECONDLY|MINUTELY|HOURLY)$/.test(parts.get('FREQ') ?? '')) return 'rule-often';
  const wrong = [...parts].flatMap(([name, value]) => (PARTS[name]?.test(value) === true ? [] : [name]));
  if (wrong.includes('INTERVAL') || wrong.includes('COUNT')) return 'repeat-number';
  if (wrong.includes('UNTIL')) return 'repeat-until';
  // Either may end a rule, not both.
  return wrong.length > 0 || !parts.has('FREQ') || (parts.has('COUNT') && parts.has('UNTIL')) ? 'rule' : undefined;
}

const MESSAGES = {
  rule: 'is no recurrence rule (RFC 5545)',
  'rule-often': 'happens more often than daily',
  'repeat-number': `needs whole numbers from 1 to ${MAX_REPEATS}`,
  'repeat-until': 'has an end that is no date',
} as const;

/** A recurrence rule without its name: `FREQ=WEEKLY;BYDAY=MO,WE`. Lower case and a leading `RRULE:` are brought into that form. */
export const recurrenceRuleSchema = z
  .string()
  .max(500)
  .transform((rule) =>
    rule
      .trim()
      .toUpperCase()
      .replace(/^RRULE:/, ''),
  )
  .check((context) => {
    const fault = faultOf(context.value);
    if (fault !== undefined) context.issues.push({ code: 'custom', params: { fault }, message: MESSAGES[fault], input: context.value });
  });
