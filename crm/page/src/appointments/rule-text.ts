import { RRuleTemporal } from 'rrule-temporal';
import { toText } from 'rrule-temporal/totext';
import { Temporal } from 'temporal-polyfill';
import type { Moment } from '../../../../adaptor/data/import/entries/moments.ts';
import { language, texts } from '../texts/texts.ts';
import type { Frequency } from './repetition.ts';

/** How a text begins whose language leaves the gender open. */
const UNDECIDED = /^jede\/n\/s (?:\d+ )?\S+/;

/** A rule that says more than the form offers, in words; null where there are none for it. */
export function ruleText(rule: string, start: Moment): string | null {
  try {
    const wall = start.kind === 'date' ? start.date.toPlainDateTime() : start.wall;
    const dtstart = wall.toZonedDateTime(start.kind === 'zoned' ? start.zone : 'UTC');
    const parsed = new RRuleTemporal({ rruleString: rule, dtstart, temporal: Temporal });
    const { freq, interval = 1 } = parsed.options();
    const every = texts.recurrence.every[freq as Frequency](interval);
    const text = toText(parsed, language, { excludeTzAbbreviation: true }).replace(UNDECIDED, every);
    return text.charAt(0).toUpperCase() + text.slice(1);
  } catch {
    return null;
  }
}
