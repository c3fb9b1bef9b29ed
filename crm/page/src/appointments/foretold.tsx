import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { recurrenceRuleSchema } from '../../../records/recurrence-rule.ts';
import { formatDay, formatWallTime } from '../app/format.ts';
import { texts } from '../texts/texts.ts';
import { ruleText } from './rule-text.ts';
import { firstStarts, momentOf, type StartInputs } from './series-start.ts';

const words = texts.recurrence;

/** How many occurrences are foretold. */
const FORETOLD = 4;

/** How many exceptions are named. */
const NAMED_EXCEPTIONS = 6;

/** What a rule comes to: its words where it is an own one, its first days, and the days that are left out. */
export function Foretold({
  rule,
  start,
  exceptions,
  isOwn,
}: {
  readonly rule: string;
  readonly start: StartInputs;
  readonly exceptions: readonly string[];
  readonly isOwn: boolean;
}): ReactNode {
  const moment = momentOf(start);
  if (moment === null || !recurrenceRuleSchema.safeParse(rule).success) return null;
  const days = firstStarts(FORETOLD, rule, moment, exceptions);
  const text = (name: string): string => (name.length === 10 ? formatDay(name) : formatWallTime(name));
  const inWords = isOwn ? ruleText(rule, moment) : null;
  return (
    <div aria-live="polite">
      {inWords !== null && <Text size="sm">{inWords}</Text>}
      <Text size="sm" c={days.length === 0 ? 'var(--mantine-color-error)' : 'dimmed'}>
        {days.length === 0 ? words.neverHappens : words.first(days.map(text).join(' · '))}
      </Text>
      {exceptions.length > 0 && (
        <Text size="sm" c="dimmed">
          {words.leftOut(
            exceptions
              .slice(0, NAMED_EXCEPTIONS)
              .map((name) => formatDay(name.slice(0, 10)))
              .join(', '),
            exceptions.length - NAMED_EXCEPTIONS,
          )}
        </Text>
      )}
    </div>
  );
}
