import { Code } from '@mantine/core';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';

/** What an operator can make more of than a user: the words of the error itself, in English, once they are asked for. */
export function TechnicalDetail({ text }: { readonly text: string | null }): ReactNode {
  if (text === null || text === '') return null;
  return (
    <details className="technical">
      <summary>{texts.sync.technical}</summary>
      <Code lang="en" className="breakable">
        {text}
      </Code>{' '}
      {texts.sync.stoppedHelp}
    </details>
  );
}
