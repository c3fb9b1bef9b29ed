import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { zone } from '../app/format.ts';
import { texts } from '../texts/texts.ts';

/** A heading, with its column, that is left out where the window is narrower. */
export interface WideHeading {
  readonly title: string;
  readonly visibleFrom: 'xl';
}

/** A table that scrolls sideways where it does not fit, visibly and also by the keyboard; below it the zone of its times, where it has some. */
export function ScrolledTable({
  label,
  minWidth,
  head,
  isTight = false,
  children,
}: {
  readonly label: string;
  readonly minWidth: number;
  /** Headings; those that begin with `#` head numbers, those with `@` times. */
  readonly head: readonly (string | WideHeading)[];
  /** Whether its columns stand closer: it has many. */
  readonly isTight?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  const headings = head.map((each) => (typeof each === 'string' ? { title: each } : each));
  return (
    <div>
      <Table.ScrollContainer
        minWidth={minWidth}
        scrollAreaProps={{ type: 'auto', offsetScrollbars: 'present', viewportProps: { tabIndex: 0, role: 'region', 'aria-label': label } }}
      >
        <Table withTableBorder {...(isTight ? { horizontalSpacing: 6 } : {})}>
          <Table.Thead>
            <Table.Tr>
              {headings.map(({ title, ...shown }) => (
                <Table.Th key={title} className={title.startsWith('#') ? 'number' : 'nowrap'} {...(title.startsWith('@') ? { title: zone } : {})} {...shown}>
                  {title.replace(/^[#@]/, '')}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{children}</Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {headings.some(({ title }) => title.startsWith('@')) && (
        <Text size="xs" c="dimmed" mt={4}>
          {texts.appointment.inZone(zone)}
        </Text>
      )}
    </div>
  );
}
