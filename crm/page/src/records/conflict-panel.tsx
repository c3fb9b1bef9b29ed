import { Alert, Button, Group, Stack } from '@mantine/core';
import { IconArrowsSplit } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { FieldDiff, type Side } from '../parts/field-diff.tsx';
import { StoredValue } from '../history/stored-value.tsx';
import type { AnyView } from '../history/views.ts';
import { texts } from '../texts/texts.ts';
import { clashRows, keptChanges } from './clash.ts';
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
  const rows = clashRows(view, { before, changes, theirs });
  const isDecided = rows.every(({ name, isDisputed }) => !isDisputed || choices[name] !== undefined);
  return (
    <Stack>
      <Alert color="grape" icon={<IconArrowsSplit />} title={texts.conflict.title} role="alert">
        {texts.conflict.intro}
      </Alert>
      <FieldDiff
        rows={rows}
        heads={{ was: texts.conflict.before, one: texts.conflict.yours, two: texts.conflict.theirs }}
        choices={choices}
        render={(name, text) =>
          text !== texts.common.none && Object.hasOwn(view.references ?? {}, name) ? (
            <StoredValue view={view as unknown as AnyView} field={name} value={text} />
          ) : (
            text
          )
        }
        choose={(name, side) => setChoices((old) => ({ ...old, [name]: side }))}
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={discard}>
          {texts.conflict.discard}
        </Button>
        <Button onClick={() => apply(keptChanges(rows, changes, choices))} loading={saving} disabled={!isDecided}>
          {texts.conflict.apply}
        </Button>
      </Group>
    </Stack>
  );
}
