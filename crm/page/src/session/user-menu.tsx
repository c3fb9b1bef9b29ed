import type { ReactNode } from 'react';
import { AccountMenu } from '../../../../web/page/account-menu.tsx';
import { errorText, sayDone, sayError } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';
import { signOut, useUser } from './session.ts';

/** Who is signed in, look and language, and the way out. */
export function UserMenu(): ReactNode {
  const { name, email, role } = useUser();
  return (
    <AccountMenu
      name={name}
      email={email}
      standing={texts.signIn.roles[role]}
      words={{ menu: texts.signIn.menu(name), signOut: texts.signIn.signOut, close: texts.common.close }}
      notices={{ errorText, sayDone, sayError }}
      signOut={signOut}
    />
  );
}
