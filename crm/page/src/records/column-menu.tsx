import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';

/** Which columns a list shows. */
export function ColumnMenu({
  columns,
  shown,
  choose,
}: {
  readonly columns: readonly { readonly accessor: string; readonly title: string }[];
  readonly shown: readonly string[];
  /** Undefined: those that fit. */
  readonly choose: (columns: readonly string[] | undefined) => void;
}): ReactNode {
  return (
    <Popover width={220} position="bottom-end" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={16} aria-hidden />}>
          {texts.list.columns}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Checkbox.Group value={[...shown]} onChange={choose} aria-label={texts.list.columns}>
          <Stack gap="xs">
            {columns.map(({ accessor, title }) => (
              <Checkbox key={accessor} value={accessor} label={title} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Button mt="sm" size="xs" variant="default" onClick={() => choose(undefined)}>
          {texts.list.columnsThatFit}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
