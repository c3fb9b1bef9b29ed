import { Anchor, Chip, Group, Input, Select, SimpleGrid, Stack, Textarea } from '@mantine/core';
import { useDidUpdate } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { DateInput } from '../../../../web/page/dates/date-input.tsx';
import { isKept } from '../../../../web/page/dates/typed-dates.ts';
import { WEEKDAYS } from '../../../records/recurrence-rule.ts';
import { texts } from '../texts/texts.ts';
import { CountInput } from './count-input.tsx';
import { Foretold } from './foretold.tsx';
import { type Frequency, patternsOf, plainRepetition, readRepetition, type Repetition, writeRepetition } from './repetition.ts';
import { dayOfUntil, patternText, weekdayText } from './repetition-words.ts';
import { type StartInputs, untilOf } from './series-start.ts';

const words = texts.recurrence;
const FREQUENCIES = ['never', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'rule'] as const;
const ENDS = (['never', 'until', 'count'] as const).map((value) => ({ value, label: words.end[value] }));

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
  const first = (start.allDay ? start.startDate : start.startsAt)?.slice(0, 10) ?? '';
  // What is being typed is no day yet.
  const date = isKept('day', first) ? first : '';
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
        <DateInput
          kind="day"
          label={words.until}
          required
          value={dayOfUntil(until, zone)}
          error={count === 0 ? undefined : error}
          {...path}
          change={(day) => write({ until: isKept('day', day) ? untilOf(day, start) : '' })}
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
