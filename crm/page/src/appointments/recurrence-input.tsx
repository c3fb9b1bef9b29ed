import { Anchor, Chip, Group, Input, NumberInput, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useDidUpdate } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { MAX_REPEATS, recurrenceRuleSchema, WEEKDAYS } from '../../../records/recurrence-rule.ts';
import { formatDay, formatWallTime } from '../app/format.ts';
import { texts } from '../texts/texts.ts';
import { type Frequency, patternsOf, plainRepetition, readRepetition, type Repetition, writeRepetition } from './repetition.ts';
import { dayOfUntil, patternText, weekdayText } from './repetition-words.ts';
import { ruleText } from './rule-text.ts';
import { firstStarts, momentOf, type StartInputs, untilOf } from './series-start.ts';

const words = texts.recurrence;
const FREQUENCIES = ['never', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'rule'] as const;
const ENDS = (['never', 'until', 'count'] as const).map((value) => ({ value, label: words.end[value] }));

/** How many occurrences are foretold. */
const FORETOLD = 4;

/** How many exceptions are named. */
const NAMED_EXCEPTIONS = 6;

/** How an appointment repeats: by choice where a choice can say it, else by its rule, in words and as it is written. */
export function RecurrenceInput({
  rule,
  start,
  exceptions,
  error,
  path,
  change,
}: {
  /** Empty: it does not repeat. */
  readonly rule: string;
  readonly start: StartInputs;
  readonly exceptions: readonly string[];
  readonly error: ReactNode;
  /** How the form finds the input that has a fault. */
  readonly path: object;
  readonly change: (rule: string) => void;
}): ReactNode {
  const [isRaw, setRaw] = useState(false);
  const repetition = rule === '' || isRaw ? null : readRepetition(rule);
  const date = (start.allDay ? start.startDate : start.startsAt)?.slice(0, 10) ?? '';
  const zone = start.allDay ? null : start.timeZone;
  const write = (changes: Partial<Repetition>): void => {
    if (repetition !== null) change(writeRepetition({ ...repetition, ...changes }));
  };
  // The form of an end hangs on the kind of start: the day stays.
  const kind = `${start.allDay} ${start.timeZone}`;
  const [last, setLast] = useState({ kind, zone });
  useDidUpdate(() => {
    const day = repetition?.until == null ? '' : dayOfUntil(repetition.until, last.zone);
    setLast({ kind, zone });
    if (day !== '') write({ until: untilOf(day, start) });
  }, [kind]);

  const choose = (value: string | null): void => {
    setRaw(value === 'rule');
    if (value === 'never') change('');
    else if (value !== null && value !== 'rule') {
      // A rule that was written by hand stays what it is, where the choice only names it.
      const written = readRepetition(rule);
      change(written?.frequency === value ? rule : writeRepetition(chosen(value as Frequency, date, written)));
    }
  };
  const writeRule = (written: string): void => {
    // Who writes goes on writing, also where a choice could say what stands there by now.
    setRaw(true);
    change(written);
  };
  const shown = rule === '' && !isRaw ? 'never' : (repetition?.frequency ?? 'rule');
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label={words.label}
          data={FREQUENCIES.map((value) => ({ value, label: words.frequencies[value] }))}
          value={shown}
          allowDeselect={false}
          onChange={choose}
        />
        {repetition !== null && (
          <CountInput
            label={words.interval}
            value={repetition.interval}
            unit={words.units[repetition.frequency](repetition.interval)}
            error={repetition.interval === 0 ? error : undefined}
            path={path}
            change={(interval) => write({ interval })}
          />
        )}
      </SimpleGrid>
      {repetition?.frequency === 'WEEKLY' && <WeekdayInput chosen={repetition.weekdays} change={(weekdays) => write({ weekdays })} />}
      {(repetition?.frequency === 'MONTHLY' || repetition?.frequency === 'YEARLY') && (
        <Select
          label={words.pattern}
          data={[...new Set([...patternsOf(repetition.frequency, date), repetition.pattern])].map((value) => ({
            value: `on ${value}`,
            label: patternText(value, date, repetition.frequency === 'YEARLY'),
          }))}
          value={`on ${repetition.pattern}`}
          allowDeselect={false}
          onChange={(value) => write({ pattern: value?.slice(3) ?? '' })}
        />
      )}
      {repetition !== null && <EndInput repetition={repetition} start={start} date={date} zone={zone} error={error} path={path} write={write} />}
      {shown === 'rule' && (
        <Textarea
          label={words.rule}
          description={words.ruleHelp}
          autosize
          minRows={1}
          value={rule}
          error={error}
          {...path}
          onChange={(event) => writeRule(event.currentTarget.value)}
        />
      )}
      {rule !== '' && <Foretold rule={rule} start={start} exceptions={exceptions} isOwn={repetition === null} />}
      {repetition !== null && (
        <Anchor component="button" type="button" size="xs" ta="start" className="change-only" onClick={() => setRaw(true)}>
          {words.editRule}
        </Anchor>
      )}
    </Stack>
  );
}

/** What a newly chosen frequency begins with: the present interval and end, and of a week the start's own day. */
function chosen(frequency: Frequency, date: string, before: Repetition | null): Repetition {
  const start = new Date(`${date}T00:00:00Z`);
  const day = WEEKDAYS[(start.getUTCDay() + 6) % 7];
  const { count = null, until = null } = before ?? {};
  return { ...plainRepetition(frequency), count, until, weekdays: frequency === 'WEEKLY' && day !== undefined ? [day] : [] };
}

/** A number from 1 on, with what it counts. */
function CountInput({
  value,
  unit,
  error,
  path,
  label,
  change,
}: {
  readonly label: string;
  /** 0: nothing is entered. */
  readonly value: number;
  readonly unit: string;
  readonly error: ReactNode;
  readonly path: object;
  readonly change: (value: number) => void;
}): ReactNode {
  return (
    <NumberInput
      label={label}
      min={1}
      max={MAX_REPEATS}
      clampBehavior="strict"
      allowDecimal={false}
      allowNegative={false}
      suffix={` ${unit}`}
      value={value === 0 ? '' : value}
      error={error}
      {...(error === undefined || error === null ? {} : path)}
      onChange={(entered) => change(typeof entered === 'number' ? entered : 0)}
    />
  );
}

function WeekdayInput({ chosen: days, change }: { readonly chosen: readonly string[]; readonly change: (days: readonly string[]) => void }): ReactNode {
  return (
    <Input.Wrapper label={words.weekdays} labelElement="div">
      <Group gap={6} mt={4} role="group" aria-label={words.weekdays}>
        {WEEKDAYS.map((day) => (
          <Chip
            key={day}
            size="sm"
            checked={days.includes(day)}
            aria-label={weekdayText(day)}
            onChange={(isOn) => change(isOn ? [...days, day] : days.filter((each) => each !== day))}
          >
            {weekdayText(day, true)}
          </Chip>
        ))}
      </Group>
    </Input.Wrapper>
  );
}

function EndInput({
  repetition: { until, count },
  start,
  date,
  zone,
  error,
  path,
  write,
}: {
  readonly repetition: Repetition;
  readonly start: StartInputs;
  readonly date: string;
  readonly zone: string | null;
  readonly error: ReactNode;
  readonly path: object;
  readonly write: (changes: Partial<Repetition>) => void;
}): ReactNode {
  const choose = (end: string | null): void => {
    if (end === 'until') write({ count: null, until: until ?? untilOf(date, start) });
    else write({ until: null, count: end === 'count' ? (count ?? 10) : null });
  };
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <Select label={words.ends} data={ENDS} value={count !== null ? 'count' : until === null ? 'never' : 'until'} allowDeselect={false} onChange={choose} />
      {until !== null && (
        <TextInput
          type="date"
          label={words.until}
          required
          value={dayOfUntil(until, zone)}
          error={count === 0 ? undefined : error}
          {...path}
          onChange={(event) => write({ until: untilOf(event.currentTarget.value, start) })}
        />
      )}
      {count !== null && (
        <CountInput
          label={words.count}
          value={count}
          unit={words.times(count)}
          error={count === 0 ? error : undefined}
          path={path}
          change={(times) => write({ count: times })}
        />
      )}
    </SimpleGrid>
  );
}

/** What a rule comes to: its words where it is an own one, its first days, and the days that are left out. */
function Foretold({
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
