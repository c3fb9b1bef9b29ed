import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowBackUp } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatClock } from '../app/format.ts';
import { Dialog } from '../parts/dialog.tsx';
import { undoTexts } from '../texts/undo-texts.ts';
import type { ListedRun } from './answers.ts';
import { UndoForm } from './undo-form.tsx';

const words = undoTexts;

/** A button that shows what the undo of a run would put back, and does it once that was confirmed. It goes as soon as that was done; what became of it stays. */
export function UndoButton({ run }: { readonly run: ListedRun }): ReactNode {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      {isUndoable(run) && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconArrowBackUp size={14} aria-hidden />}
          onClick={open}
          aria-label={words.undoOf(formatClock(run.startedAt))}
        >
          {words.undo}
        </Button>
      )}
      <Dialog wide opened={opened} title={words.title} close={close}>
        {opened && <UndoForm link={run.link} run={run.id} close={close} />}
      </Dialog>
    </>
  );
}

/** Whether a run brought something in that can be put back, and nobody has done so. */
function isUndoable({ direction, state, books, undoneBy }: ListedRun): boolean {
  return direction === 'reverse' && state !== 'running' && books.applied + books.conflicted > 0 && undoneBy === null;
}
