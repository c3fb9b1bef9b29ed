import { Badge, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Collection } from '../api/answers.ts';
import { RoutedAnchor } from '../app/routed.tsx';
import { TechnicalDetail } from '../parts/technical-detail.tsx';
import { useMay } from '../session/session.ts';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { holdingText } from './holding-text.ts';
import { collectionName } from './options-table.tsx';

const words = texts.sync;
const HALTED = ['drifted', 'stopped'];

/** One direction of a collection. */
interface Way {
  readonly state: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly approval: Collection['approval'];
}

/** Where a collection stands, in each direction that does not flow: why, what was decided about it, and the way there. */
export function CollectionState({ collection }: { readonly collection: Collection }): ReactNode {
  const { captured, state, stateCode, stateReason, reverseState, reverseStateCode, reverseStateReason, approval, reverseApproval } = collection;
  const forward: Way = { state: captured ? (state ?? 'new') : 'notCaptured', code: stateCode, reason: stateReason, approval };
  const reverse: Way = { state: reverseState ?? 'new', code: reverseStateCode, reason: reverseStateReason, approval: reverseApproval };
  const isHalted = captured && HALTED.includes(reverse.state);
  return (
    <>
      <OneWay way={forward} name={collectionName(collection.collection)} direction={isHalted ? words.run.directions.forward : null} />
      {isHalted && <OneWay way={reverse} name={collectionName(collection.collection)} direction={words.run.directions.reverse} />}
    </>
  );
}

function OneWay({ way: { state, code, reason, approval }, name, direction }: { readonly way: Way; readonly name: string; readonly direction: string | null }) {
  const mayGovern = useMay('govern');
  const color = state === 'open' ? 'teal.9' : HALTED.includes(state) ? 'red.9' : 'gray.7';
  return (
    <div className="one-way">
      <Badge color={color}>
        {direction === null ? '' : `${direction}: `}
        {(words.states as Readonly<Record<string, string>>)[state] ?? state}
      </Badge>
      {state !== 'notCaptured' && code !== null && (
        <Text size="xs" maw={280} mt={4} className="breakable">
          {reasonText(code)}
          {approval !== null && ` ${holdingText(approval)} `}
          {approval !== null && (
            <RoutedAnchor to="/console" search={{ tab: 'approvals' } as never} size="xs" underline="always" aria-label={`${texts.console.health.see}: ${name}`}>
              {texts.console.health.see}
            </RoutedAnchor>
          )}
        </Text>
      )}
      {state !== 'notCaptured' && mayGovern && <TechnicalDetail text={reason} />}
    </div>
  );
}
