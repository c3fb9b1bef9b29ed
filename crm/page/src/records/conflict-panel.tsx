import { Alert, Button, Group, Stack } from '@mantine/core';
import { IconArrowsSplit } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { type DiffRow, FieldDiff, isDisputed, type Side } from '../parts/field-diff.tsx';
import { texts } from '../texts/texts.ts';
import { isSame } from './entered.ts';
import type { RecordView, Stored } from './record-view.ts';

/** A record that somebody changed meanwhile: field by field what stood there, mine and theirs, to be chosen where both changed. */
export function ConflictPanel<Fields extends object, Row extends Fields & Stored>({
  view,
  before,
  changes,
  theirs,
  saving,
  apply,
  discard,
}: {
  readonly view: RecordView<Fields, Row>;
  readonly before: Row;
  readonly changes: Partial<Fields>;
  readonly theirs: Row;
  readonly saving: boolean;
  /** Gets the changes that are to be saved over what stands there now. */
  readonly apply: (changes: Partial<Fields>) => void;
  readonly discard: () => void;
}): ReactNode {
  const [choices, setChoices] = useState<Readonly<Record<string, Side>>>({});
  const isMine = (name: string): boolean => Object.hasOwn(changes, name);
  const names = (Object.keys(view.empty) as (keyof Fields & string)[]).filter((name) => isMine(name) || !isSame(before[name], theirs[name]));
  const show = (name: string, value: unknown): string => showValue(view.show?.(name, value), value);
  const rows = names.map((name): DiffRow => {
    const mine = isMine(name) ? changes[name] : before[name];
    const changed: Side[] = [...(isMine(name) ? (['one'] as const) : []), ...(isSame(before[name], theirs[name]) ? [] : (['two'] as const))];
    return { name, label: String(view.labels[name] ?? name), was: show(name, before[name]), one: show(name, mine), two: show(name, theirs[name]), changed };
  });
  const isDecided = rows.filter(isDisputed).every(({ name }) => choices[name] !== undefined);
  const chosen = (): Partial<Fields> =>
    Object.fromEntries(
      rows
        .filter((row) => row.changed.includes('one') && (!isDisputed(row) || choices[row.name] === 'one'))
        .map(({ name }) => [name, changes[name as keyof Fields]]),
    ) as Partial<Fields>;
  return (
    <Stack>
      <Alert color="grape" icon={<IconArrowsSplit />} title={texts.conflict.title} role="alert">
        {texts.conflict.intro}
      </Alert>
      <FieldDiff
        rows={rows}
        heads={{ was: texts.conflict.before, one: texts.conflict.yours, two: texts.conflict.theirs }}
        choices={choices}
        choose={(name, side) => setChoices((old) => ({ ...old, [name]: side }))}
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={discard}>
          {texts.conflict.discard}
        </Button>
        <Button onClick={() => apply(chosen())} loading={saving} disabled={!isDecided}>
          {texts.conflict.apply}
        </Button>
      </Group>
    </Stack>
  );
}

function showValue(shown: string | undefined, value: unknown): string {
  if (shown !== undefined) return shown;
  if (value === null || value === undefined || value === '') return texts.common.none;
  if (typeof value === 'boolean') return value ? texts.common.yes : texts.common.no;
  if (Array.isArray(value))
    return value.map((item: { label?: string; value?: string }) => `${item.label ?? ''}: ${item.value ?? ''}`).join('\n') || texts.common.none;
  return String(value);
}
