import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';

/** A dialog over everything, with its title. */
export function Dialog({
  opened,
  title,
  close,
  children,
}: {
  readonly opened: boolean;
  readonly title: string;
  readonly close: () => void;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Modal.Root opened={opened} onClose={close} centered>
      <Modal.Overlay />
      <Modal.Content>
        {/* No <header>: a dialog's is no banner of the page. */}
        <Modal.Header component="div">
          <Modal.Title>{title}</Modal.Title>
          <Modal.CloseButton aria-label={texts.common.close} />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
