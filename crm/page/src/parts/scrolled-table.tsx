import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

/** A table that scrolls sideways where it does not fit, also by the keyboard. */
export function ScrolledTable({
  label,
  minWidth,
  head,
  children,
}: {
  readonly label: string;
  readonly minWidth: number;
  /** Headings; those that begin with `#` head numbers. */
  readonly head: readonly string[];
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': label } }}>
      <Table withTableBorder>
        <Table.Thead>
          <Table.Tr>
            {head.map((title) => (
              <Table.Th key={title} className={title.startsWith('#') ? 'number' : 'nowrap'}>
                {title.replace(/^#/, '')}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
