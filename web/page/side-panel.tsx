import { Drawer, Group } from '@mantine/core';
import type { ReactNode } from 'react';

/** What stands beside a list: a record, with its title and what can be done with it. */
export function SidePanel({
  opened,
  close,
  title,
  closeText,
  closeOnEscape = true,
  beside,
  acts,
  children,
}: {
  readonly opened: boolean;
  readonly close: () => void;
  readonly title: string;
  readonly closeText: string;
  readonly closeOnEscape?: boolean;
  /** After the title. */
  readonly beside?: ReactNode;
  /** Before the button that closes. */
  readonly acts?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Drawer.Root opened={opened} onClose={close} position="right" size="lg" closeOnEscape={closeOnEscape}>
      <Drawer.Overlay />
      <Drawer.Content>
        {/* No <header>: a dialog's is no banner of the page. */}
        <Drawer.Header component="div">
          {/* Where both have no room in one line, the name keeps its words whole. */}
          <Group gap="4px 12px" miw={0} flex={1}>
            <Drawer.Title fz="lg" fw={650} lh={1.3} className="breakable clamped">
              {title}
            </Drawer.Title>
            {beside}
          </Group>
          {acts}
          <Drawer.CloseButton aria-label={closeText} />
        </Drawer.Header>
        <Drawer.Body>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
