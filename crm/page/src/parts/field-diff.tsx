import { Radio, Table, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
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
  /** Sides on which the field was changed: where it is both, somebody has to choose. */
  readonly changed: readonly Side[];
}

/** Whether a row needs a decision: both sides changed it, and not to the same. */
export const isDisputed = ({ changed, one, two }: DiffRow): boolean => changed.length === 2 && one !== two;

/**
 * Fields side by side (before, one side, the other) with a choice for each that both changed. By keys: j and k go down and
 * up, 1 and 2 choose.
 */
export function FieldDiff({
  rows,
  heads,
  choices,
  choose,
}: {
  readonly rows: readonly DiffRow[];
  readonly heads: { readonly was: string; readonly one: string; readonly two: string };
  readonly choices: Readonly<Record<string, Side | undefined>>;
  readonly choose: (name: string, side: Side) => void;
}): ReactNode {
  const disputed = rows.filter(isDisputed);
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
    <Table.ScrollContainer minWidth={460} scrollAreaProps={{ type: 'auto', offsetScrollbars: 'present', viewportProps: { tabIndex: 0 } }}>
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
              <Table.Td className="breakable">{row.was}</Table.Td>
              {(['one', 'two'] as const).map((side) => (
                <Table.Td key={side} className="breakable">
                  {isDisputed(row) ? (
                    <Radio
                      name={`diff-${row.name}`}
                      checked={choices[row.name] === side}
                      onChange={() => choose(row.name, side)}
                      label={row[side]}
                      aria-label={`${row.label}: ${heads[side]}`}
                    />
                  ) : (
                    <Text size="sm" fw={row.changed.includes(side) ? 650 : 400}>
                      {row[side]}
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
