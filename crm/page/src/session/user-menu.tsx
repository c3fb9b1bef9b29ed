import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { AccountMenu } from '../../../../web/page/account-menu.tsx';
import { errorText, sayDone, sayError } from '../app/say-error.ts';
import { chooseLanguage, language, LANGUAGES, type Language, texts } from '../texts/texts.ts';
import { signOut, useUser } from './session.ts';

/** Who is signed in, look and language, and the way out. */
export function UserMenu(): ReactNode {
  const { name, email, role } = useUser();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <AccountMenu
      name={name}
      email={email}
      standing={texts.signIn.roles[role]}
      words={{ menu: texts.signIn.menu(name), signOut: texts.signIn.signOut, close: texts.common.close }}
      notices={{ errorText, sayDone, sayError }}
      signOut={signOut}
    >
      <Menu.Divider />
      <div role="group" aria-label={texts.signIn.look}>
        <Menu.Label>{texts.signIn.look}</Menu.Label>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.RadioItem
            key={scheme}
            value={scheme}
            checked={colorScheme === scheme}
            checkIcon={<Chosen />}
            closeMenuOnClick={false}
            onChange={() => setColorScheme(scheme)}
          >
            {texts.signIn.looks[scheme]}
          </Menu.RadioItem>
        ))}
      </div>
      <div role="group" aria-label={texts.signIn.language}>
        <Menu.Label>{texts.signIn.language}</Menu.Label>
        {(Object.keys(LANGUAGES) as Language[]).map((each) => (
          <Menu.RadioItem key={each} value={each} lang={each} checked={each === language} checkIcon={<Chosen />} onChange={() => chooseLanguage(each)}>
            {LANGUAGES[each]}
          </Menu.RadioItem>
        ))}
      </div>
    </AccountMenu>
  );
}

/** A mark beside what is chosen. */
function Chosen(): ReactNode {
  return <IconCheck size={16} aria-hidden />;
}
