import type { ReactNode } from 'react';
import icon from './icon.svg';

/** The sign of the application, for the eye only. */
export function Sign({ size }: { readonly size: number }): ReactNode {
  return <img src={icon} width={size} height={size} alt="" />;
}
