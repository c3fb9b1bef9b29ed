import type { ReactNode } from 'react';
import { Door } from '../../../../web/page/sign-in/door.tsx';
import { errorText } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';
import { signIn } from './session.ts';

/** The door of the CRM's page. */
export function SignIn(): ReactNode {
  return <Door title={texts.appName} signIn={signIn} errorText={errorText} />;
}
