import { Button, Group, Stack, Text } from '@mantine/core';
import type { RouterHistory } from '@tanstack/history';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { Dialog } from '../dialog.tsx';
import { unsavedTexts } from './unsaved-texts.ts';

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
export function useUnsaved(history: RouterHistory): Unsaved {
  // Not state: who saves leaves in the same breath.
  const isDirty = useRef(false);
  const [answer, setAnswer] = useState<(isLeaving: boolean) => void>();
  useEffect(
    () =>
      history.block({
        blockerFn: async ({ currentLocation, nextLocation }) => {
          const isLeaving = currentLocation.pathname !== nextLocation.pathname || openOf(currentLocation) !== openOf(nextLocation);
          if (!isDirty.current || !isLeaving) return false;
          // Asked after this event: the key that leaves would close the question as well.
          await new Promise((resolve) => setTimeout(resolve));
          const leaves = await new Promise<boolean>((resolve) => setAnswer(() => resolve));
          setAnswer(undefined);
          if (leaves) isDirty.current = false;
          return !leaves;
        },
        enableBeforeUnload: () => isDirty.current,
      }),
    [history],
  );
  const setDirty = useCallback((value: boolean): void => {
    isDirty.current = value;
  }, []);
  const stay = (): void => answer?.(false);
  const isAsking = answer !== undefined;
  const question = (
    <Dialog opened={isAsking} title={unsavedTexts.title} closeText={unsavedTexts.close} close={stay}>
      <Stack gap="sm">
        <Text size="sm">{unsavedTexts.text}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={stay} data-autofocus>
            {unsavedTexts.stay}
          </Button>
          <Button color="red.9" onClick={() => answer?.(true)}>
            {unsavedTexts.leave}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
  return { setDirty, isAsking, question };
}

/** The record that stands beside a list, by its address. */
function openOf({ search }: { readonly search: string }): string | null {
  return new URLSearchParams(search).get('open');
}
