import { Badge, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Collection } from '../api/answers.ts';
import { texts } from '../texts/texts.ts';
import { isHalted, waysOf } from './collection-ways.ts';

const words = texts.sync;

/** Where a collection stands: of both directions, where the one from the cloud does not flow. */
export function CollectionState({ collection }: { readonly collection: Collection }): ReactNode {
  const { forward, reverse } = waysOf(collection);
  if (!isHalted(reverse)) return <StateBadge state={forward.state} />;
  return (
    <Group gap={4} maw={260}>
      <StateBadge state={forward.state} direction="forward" />
      <StateBadge state={reverse.state} direction="reverse" />
    </Group>
  );
}

function StateBadge({ state, direction }: { readonly state: string; readonly direction?: 'forward' | 'reverse' }): ReactNode {
  const color = state === 'open' ? 'teal.9' : isHalted({ state }) ? 'red.9' : 'gray.7';
  const name = (words.states as Readonly<Record<string, string>>)[state] ?? state;
  return <Badge color={color}>{direction === undefined ? name : `${words.run.directions[direction]}: ${name}`}</Badge>;
}
