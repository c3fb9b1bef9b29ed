import type { ReactNode } from 'react';
import { formatClock, formatExactly, formatMoment } from '../app/format.ts';

/** A moment in the browser's zone; to the second and with its zone under the pointer. */
export function Moment({ at, isClock = false }: { readonly at: string; /** Without its date, where it is of today. */ readonly isClock?: boolean }): ReactNode {
  return (
    <time dateTime={at} title={formatExactly(at)}>
      {isClock ? formatClock(at) : formatMoment(at)}
    </time>
  );
}
