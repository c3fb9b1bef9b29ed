import { Alert, Stack, Text } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Collection } from '../api/answers.ts';
import { RoutedAnchor } from '../app/routed.tsx';
import { TechnicalDetail } from '../parts/technical-detail.tsx';
import { useMay } from '../session/session.ts';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { isHalted, type Way, waysOf } from './collection-ways.ts';
import { holdingText } from './holding-text.ts';
import { collectionName } from './options-table.tsx';

const words = texts.sync;

/** Collections that do not flow in one direction or both: why, what was decided about that, and where somebody sees to it. */
export function HaltedCollections({ collections }: { readonly collections: readonly Collection[] }): ReactNode {
  const links = new Set(collections.map(({ link }) => link));
  const halted = collections.flatMap((collection) => {
    const { forward, reverse } = waysOf(collection);
    const name = `${links.size > 1 ? `${collection.link}, ` : ''}${collectionName(collection.collection)}`;
    return [forward, reverse].filter(isHalted).map((way) => ({ name, way }));
  });
  if (halted.length === 0) return null;
  return (
    <Alert color="red" icon={<IconHandStop />} title={words.halted} role="status" mb="sm">
      <Stack gap="xs">
        {halted.map(({ name, way }) => (
          <Halted key={`${name} ${way.direction}`} name={name} way={way} />
        ))}
      </Stack>
    </Alert>
  );
}

/** As it stands within a sentence: only its first letter is small. */
const within = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

function Halted({ name, way: { direction, code, reason, approval } }: { readonly name: string; readonly way: Way }): ReactNode {
  const mayGovern = useMay('govern');
  return (
    <div>
      <Text size="sm" className="breakable">
        <Text span inherit fw={650}>
          {name}, {within(words.run.directions[direction])}:
        </Text>{' '}
        {reasonText(code ?? 'collection-stopped')}
        {approval !== null && (
          <>
            {` ${holdingText(approval)} `}
            <RoutedAnchor to="/console" search={{ tab: 'approvals' } as never} size="sm" underline="always" aria-label={`${texts.console.health.see}: ${name}`}>
              {texts.console.health.see}
            </RoutedAnchor>
          </>
        )}
      </Text>
      {mayGovern && <TechnicalDetail text={reason} />}
    </div>
  );
}
