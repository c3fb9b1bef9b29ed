import type { Collection } from '../api/answers.ts';

/** One direction of a collection. */
export interface Way {
  readonly direction: 'forward' | 'reverse';
  readonly state: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly approval: Collection['approval'];
}

/** Both directions of a collection. */
export function waysOf(collection: Collection): { readonly forward: Way; readonly reverse: Way } {
  const { captured, state, stateCode, stateReason, approval, reverseState, reverseStateCode, reverseStateReason, reverseApproval } = collection;
  return {
    forward: { direction: 'forward', state: captured ? (state ?? 'new') : 'notCaptured', code: stateCode, reason: stateReason, approval },
    reverse: {
      direction: 'reverse',
      state: captured ? (reverseState ?? 'new') : 'notCaptured',
      code: reverseStateCode,
      reason: reverseStateReason,
      approval: reverseApproval,
    },
  };
}

/** Whether nothing flows until somebody has seen to it. */
export const isHalted = ({ state }: Pick<Way, 'state'>): boolean => state === 'drifted' || state === 'stopped';
