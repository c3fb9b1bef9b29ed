import type { ReactNode } from 'react';
import { Dialog as PageDialog } from '../../../../web/page/dialog.tsx';
import { texts } from '../texts/texts.ts';

/** A dialog over everything, with its title. */
export function Dialog(props: {
  readonly opened: boolean;
  readonly title: string;
  readonly close: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return <PageDialog closeText={texts.common.close} {...props} />;
}
