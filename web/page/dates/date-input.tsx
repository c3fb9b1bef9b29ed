import { ActionIcon, Loader, Popover, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCalendar } from '@tabler/icons-react';
import { type KeyboardEvent, lazy, type ReactNode, Suspense, useState } from 'react';
import { dateTexts, formatLanguage } from './date-texts.ts';
import { type DateKind, isKept, typedDates } from './typed-dates.ts';

/** The calendar is looked at by who asks for it. */
const DayPicker = lazy(async () => ({ default: (await import('./day-picker.tsx')).DayPicker }));

const dates = typedDates(formatLanguage);

/** One that can stand in any year: an example of how it is written. */
const EXAMPLES: Readonly<Record<DateKind, string>> = { day: '2026-12-31', time: '14:30', moment: '2026-12-31T14:30' };

/** Proposed where somebody picks a day before there is a time. */
const USUAL_TIME = '09:00';

/**
 * A day, a time, or both, typed as the page's language writes it or chosen in a calendar. A browser's own inputs for dates speak the
 * browser's language instead, which may have day and month the other way round. What is typed and is no date is handed on as
 * it is, so that a form can't be saved over it.
 */
export function DateInput({
  kind,
  value,
  change,
  error,
  disabled = false,
  onBlur,
  ...others
}: {
  readonly kind: DateKind;
  /** As it is kept (ISO 8601 without a zone), or what was typed; empty: nothing. */
  readonly value: string;
  readonly change: (value: string) => void;
  readonly label: ReactNode;
  readonly error?: ReactNode;
  readonly description?: ReactNode;
  readonly disabled?: boolean;
  readonly required?: boolean;
  readonly withAsterisk?: boolean;
  readonly onBlur?: () => void;
}): ReactNode {
  // While somebody types, what was typed stays as it is; it goes where the value is another by now.
  const [typed, setTyped] = useState<{ readonly text: string; readonly as: string | undefined }>({ text: '', as: undefined });
  const [opened, { toggle, close }] = useDisclosure();
  // Of what came from elsewhere the form is the judge.
  const isUnreadable = value !== '' && !isKept(kind, value) && (typed.as === value || Boolean(error));
  const isTyping = typed.as === value && typed.text !== '';
  const enter = (text: string): void => {
    const as = text.trim() === '' ? '' : (dates.read(kind, text) ?? text.trim());
    setTyped({ text, as });
    change(as);
  };
  const settle = (): void => {
    setTyped({ text: '', as: typed.as });
    onBlur?.();
  };
  const pick = (day: string): void => {
    setTyped({ text: '', as: undefined });
    change(kind === 'moment' ? `${day}T${isKept(kind, value) ? value.slice(11) : USUAL_TIME}` : day);
    close();
  };
  const calendar = kind !== 'time' && !disabled && (
    <Popover opened={opened} onChange={(isOpen) => !isOpen && close()} position="bottom-end" withArrow shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={dateTexts.choose} onClick={toggle} className="change-only">
          <IconCalendar size={18} stroke={1.6} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense fallback={<Loader size="sm" />}>
          <DayPicker day={isKept(kind, value) ? value.slice(0, 10) : null} pick={pick} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
  return (
    <TextInput
      {...others}
      autoComplete="off"
      placeholder={disabled ? '' : dates.pattern(kind, dateTexts.letters)}
      disabled={disabled}
      value={isTyping ? typed.text : dates.write(kind, value)}
      error={isUnreadable ? dateTexts.write(dates.write(kind, EXAMPLES[kind])) : error}
      rightSection={calendar === false ? undefined : calendar}
      onChange={(event) => enter(event.currentTarget.value)}
      onBlur={settle}
      // As in a browser's own.
      onKeyDown={(event: KeyboardEvent) => event.altKey && event.key === 'ArrowDown' && kind !== 'time' && toggle()}
    />
  );
}
