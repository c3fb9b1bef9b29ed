import { Radio, Table, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import '../../../../web/page/list/stacked-rows.css';
import { texts } from '../texts/texts.ts';

/** Which of two values is chosen. */
export type Side = 'one' | 'two';

/** A field with what stood there before and two values since. */
export interface DiffRow {
  readonly name: string;
  readonly label: string;
  readonly was: string;
  readonly one: string;
  readonly two: string;
  /** Sides on which the field was changed. */
  readonly changed: readonly Side[];
  /** Whether somebody has to choose: both sides changed it, and not to the same value. */
  readonly isDisputed: boolean;
}

/**
 * Fields side by side (before, one side, the other) with a choice for each that both changed. By keys: j and k go down and
 * up, 1 and 2 choose.
 */
export function FieldDiff({
  rows,
  heads,
  choices,
  choose,
  render = (_name, text) => text,
}: {
  readonly rows: readonly DiffRow[];
  readonly heads: { readonly was: string; readonly one: string; readonly two: string };
  readonly choices: Readonly<Record<string, Side | undefined>>;
  readonly choose: (name: string, side: Side) => void;
  /** How a value of a field is shown, where that is not its text. */
  readonly render?: (name: string, text: string) => ReactNode;
}): ReactNode {
  const disputed = rows.filter(({ isDisputed }) => isDisputed);
  const [at, setAt] = useState(0);
  const pick = (side: Side): void => {
    const row = disputed[at];
    if (row === undefined) return;
    choose(row.name, side);
    setAt(Math.min(at + 1, disputed.length - 1));
  };
  useHotkeys([
    ['j', () => setAt((now) => Math.min(now + 1, disputed.length - 1))],
    ['k', () => setAt((now) => Math.max(now - 1, 0))],
    ['1', () => pick('one')],
    ['2', () => pick('two')],
  ]);
  return (
    <Table.ScrollContainer
      className="stacked-rows"
      minWidth={460}
      scrollAreaProps={{ type: 'auto', offsetScrollbars: 'present', viewportProps: { tabIndex: 0 } }}
    >
      <Table withTableBorder withColumnBorders verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{texts.conflict.field}</Table.Th>
            <Table.Th>{heads.was}</Table.Th>
            <Table.Th>{heads.one}</Table.Th>
            <Table.Th>{heads.two}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.name} data-current={disputed[at]?.name === row.name || undefined} className="diff-row">
              <Table.Th scope="row">{row.label}</Table.Th>
              <Table.Td className="breakable" data-title={heads.was}>
                {render(row.name, row.was)}
              </Table.Td>
              {(['one', 'two'] as const).map((side) => (
                <Table.Td key={side} className="breakable" data-title={heads[side]}>
                  {row.isDisputed ? (
                    <Radio
                      name={`diff-${row.name}`}
                      checked={choices[row.name] === side}
                      onChange={() => choose(row.name, side)}
                      label={render(row.name, row[side])}
                      aria-label={`${row.label}: ${heads[side]}`}
                    />
                  ) : (
                    <Text size="sm" fw={row.changed.includes(side) ? 650 : 400}>
                      {render(row.name, row[side])}
                    </Text>
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
