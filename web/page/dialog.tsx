import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

/** A dialog over the page. */
export function Dialog({
  opened,
  close,
  title,
  closeText,
  wide = false,
  children,
}: {
  readonly opened: boolean;
  readonly close: () => void;
  readonly title: string;
  readonly closeText: string;
  /** It holds a table. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Modal.Root opened={opened} onClose={close} centered size={wide ? 'xl' : 'md'}>
      <Modal.Overlay />
      <Modal.Content>
        {/* No <header>: a dialog's is no banner of the page. */}
        <Modal.Header component="div">
          <Modal.Title fw={650} lh={1.3}>
            {title}
          </Modal.Title>
          <Modal.CloseButton aria-label={closeText} />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
