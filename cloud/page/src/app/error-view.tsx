import type { ReactNode } from 'react';
import { ErrorView as PageErrorView } from '../../../../web/page/error-view.tsx';
import { texts } from '../texts/texts.ts';
import { errorText } from './say-error.ts';

/** Something could not be read: what, and a button to try again. */
export function ErrorView({ error, retry }: { readonly error: unknown; readonly retry?: () => void }): ReactNode {
  return <PageErrorView title={texts.errors.title} text={errorText(error)} retryText={texts.common.retry} retry={retry} />;
}
