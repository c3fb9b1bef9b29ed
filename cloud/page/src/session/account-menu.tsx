import type { ReactNode } from 'react';
import { AccountMenu as PageAccountMenu } from '../../../../web/page/account-menu.tsx';
import { errorText, sayDone, sayError } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';
import { signOut, useEmployee } from './session.ts';

/** Who is signed in, the way to another password, and the way out. */
export function AccountMenu(): ReactNode {
  const { name, email, tenant, role } = useEmployee();
  return (
    <PageAccountMenu
      name={name}
      email={email}
      standing={`${tenant} · ${texts.session.roles[role]}`}
      words={{ menu: texts.session.menu(name), signOut: texts.session.signOut, close: texts.common.close }}
      notices={{ errorText, sayDone, sayError }}
      signOut={signOut}
    />
  );
}
