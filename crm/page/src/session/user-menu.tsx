import { Menu, Text, ThemeIcon, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconKey, IconLogout, IconUser } from '@tabler/icons-react';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Dialog } from '../../../../web/page/dialog.tsx';
import { doorTexts } from '../../../../web/page/sign-in/door-texts.ts';
import { PasswordForm } from '../../../../web/page/sign-in/password-form.tsx';
import { errorText, sayDone, sayError } from '../app/say-error.ts';
import { chooseLanguage, language, LANGUAGES, type Language, texts } from '../texts/texts.ts';
import { signOut, useUser } from './session.ts';

/** Who is signed in, and the way out. */
export function UserMenu(): ReactNode {
  const { name, email, role } = useUser();
  const [opened, { open, close }] = useDisclosure();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const done = (): void => {
    close();
    sayDone(doorTexts.changed);
  };
  return (
    <>
      <Dialog opened={opened} close={close} title={doorTexts.changeTitle} closeText={texts.common.close}>
        <PasswordForm done={done} leave={close} leaveText={doorTexts.cancel} errorText={errorText} />
      </Dialog>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <UnstyledButton aria-label={texts.signIn.menu(name)}>
            <ThemeIcon variant="filled" radius="xl" size={34}>
              <IconUser size={20} stroke={1.8} aria-hidden />
            </ThemeIcon>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Text size="sm" fw={600} px="sm" pt="xs">
            {name}
          </Text>
          <Text size="xs" c="dimmed" px="sm" pb="xs">
            {email}
            <br />
            {texts.signIn.roles[role]}
          </Text>
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
          <Menu.Divider />
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={open}>
            {doorTexts.changeTitle}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut().catch(sayError)}>
            {texts.signIn.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

/** A mark beside what is chosen. */
function Chosen(): ReactNode {
  return <IconCheck size={16} aria-hidden />;
}
