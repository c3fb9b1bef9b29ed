import { Button, Group, Stack, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useCallback, useRef } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { texts } from '../texts/texts.ts';

/** What watches over what was entered and is not saved. */
export interface Unsaved {
  /** Tells whether there is something to lose. */
  readonly setDirty: (isDirty: boolean) => void;
  readonly isAsking: boolean;
  /** To be rendered beside the form. */
  readonly question: ReactNode;
}

/**
 * Asks before a record is left for another, for its list or for any other view, while something is entered that is not saved;
 * before the page is closed or loaded again the browser asks.
 */
export function useUnsaved(): Unsaved {
  // Not state: who saves leaves in the same breath.
  const isDirty = useRef(false);
  const blocker = useBlocker({
    shouldBlockFn: async ({ current, next }) => {
      const isLeaving = current.pathname !== next.pathname || openOf(current.search) !== openOf(next.search);
      // Asked after this event: the key that leaves would close the question as well.
      if (isDirty.current && isLeaving) await new Promise((resolve) => setTimeout(resolve));
      return isDirty.current && isLeaving;
    },
    enableBeforeUnload: () => isDirty.current,
    withResolver: true,
  });
  const setDirty = useCallback((value: boolean): void => {
    isDirty.current = value;
  }, []);
  const leave = (): void => {
    isDirty.current = false;
    blocker.proceed?.();
  };
  const question = (
    <Dialog opened={blocker.status === 'blocked'} title={texts.record.unsaved} close={() => blocker.reset?.()}>
      <Stack gap="sm">
        <Text size="sm">{texts.record.unsavedText}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
            {texts.record.stay}
          </Button>
          <Button color="red.9" onClick={leave}>
            {texts.record.leave}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
  return { setDirty, isAsking: blocker.status === 'blocked', question };
}

/** The record that stands beside a list, by its address. */
function openOf(search: object): unknown {
  return (search as { readonly open?: unknown }).open;
}
