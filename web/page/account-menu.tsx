import { Menu, Text, ThemeIcon, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconLogout, IconUser } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Dialog } from './dialog.tsx';
import { LookAndLanguage } from './look-and-language.tsx';
import type { Notices } from './notices.ts';
import { doorTexts } from './sign-in/door-texts.ts';
import { PasswordForm } from './sign-in/password-form.tsx';

/** Who is signed in, look and language, the way to another password, and the way out. */
export function AccountMenu({
  name,
  email,
  standing,
  words,
  notices: { errorText, sayDone, sayError },
  signOut,
}: {
  readonly name: string;
  readonly email: string;
  /** What the person is here: role, tenant. */
  readonly standing: string;
  readonly words: { readonly menu: string; readonly signOut: string; readonly close: string };
  readonly notices: Notices;
  readonly signOut: () => Promise<void>;
}): ReactNode {
  const [opened, { open, close }] = useDisclosure();
  const done = (): void => {
    close();
    sayDone(doorTexts.changed);
  };
  return (
    <>
      <Dialog opened={opened} close={close} title={doorTexts.changeTitle} closeText={words.close}>
        <PasswordForm done={done} leave={close} leaveText={doorTexts.cancel} errorText={errorText} />
      </Dialog>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <UnstyledButton aria-label={words.menu}>
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
            {standing}
          </Text>
          <Menu.Divider />
          <LookAndLanguage />
          <Menu.Divider />
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={open}>
            {doorTexts.changeTitle}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut().catch(sayError)}>
            {words.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
