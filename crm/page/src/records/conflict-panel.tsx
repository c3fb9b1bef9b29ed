import { Alert, Button, Group, Stack, Table, Text } from '@mantine/core';
import { IconArrowsSplit } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';
import { isSame } from './entered.ts';
import type { RecordView, Stored } from './record-view.ts';

/** A record that somebody changed meanwhile: field by field what stood there, what the user wants, and what stands there now. */
export function ConflictPanel<Fields extends object, Row extends Fields & Stored>({
  view,
  before,
  changes,
  theirs,
  saving,
  keep,
  discard,
}: {
  readonly view: RecordView<Fields, Row>;
  readonly before: Row;
  readonly changes: Partial<Fields>;
  readonly theirs: Row;
  readonly saving: boolean;
  readonly keep: () => void;
  readonly discard: () => void;
}): ReactNode {
  const names = Object.keys(view.empty) as (keyof Fields & string)[];
  const rows = names.filter((name) => Object.hasOwn(changes, name) || !isSame(before[name], theirs[name]));
  const show = (name: string, value: unknown): string => showValue(view.show?.(name, value), value);
  return (
    <Stack>
      <Alert color="grape" icon={<IconArrowsSplit />} title={texts.conflict.title} role="alert">
        {texts.conflict.intro}
      </Alert>
      <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table withTableBorder withColumnBorders verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{texts.conflict.field}</Table.Th>
              <Table.Th>{texts.conflict.before}</Table.Th>
              <Table.Th>{texts.conflict.yours}</Table.Th>
              <Table.Th>{texts.conflict.theirs}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((name) => (
              <Table.Tr key={name}>
                <Table.Th scope="row">{String(view.labels[name] ?? name)}</Table.Th>
                <Table.Td className="breakable">{show(name, before[name])}</Table.Td>
                <Table.Td className="breakable">
                  <Text size="sm" fw={Object.hasOwn(changes, name) ? 650 : 400}>
                    {show(name, Object.hasOwn(changes, name) ? changes[name] : before[name])}
                  </Text>
                </Table.Td>
                <Table.Td className="breakable">
                  <Text size="sm" fw={isSame(before[name], theirs[name]) ? 400 : 650}>
                    {show(name, theirs[name])}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={discard}>
          {texts.conflict.discard}
        </Button>
        <Button onClick={keep} loading={saving}>
          {texts.conflict.keep}
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
