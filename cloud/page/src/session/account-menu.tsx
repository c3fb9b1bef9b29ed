import { Menu, Text, ThemeIcon, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconLogout, IconUser } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Dialog } from '../../../../web/page/dialog.tsx';
import { doorTexts } from '../../../../web/page/sign-in/door-texts.ts';
import { PasswordForm } from '../../../../web/page/sign-in/password-form.tsx';
import { errorText, sayDone, sayError } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';
import { signOut, useEmployee } from './session.ts';

/** Who is signed in, the way to another password, and the way out. */
export function AccountMenu(): ReactNode {
  const { name, email, tenant, role } = useEmployee();
  const [opened, { open, close }] = useDisclosure();
  const done = (): void => {
    close();
    sayDone(doorTexts.changed);
  };
  return (
    <>
      <Dialog opened={opened} close={close} title={doorTexts.changeTitle} closeText={texts.common.close}>
        <PasswordForm done={done} leave={close} leaveText={texts.common.cancel} errorText={errorText} />
      </Dialog>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <UnstyledButton aria-label={texts.session.menu(name)}>
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
            {tenant} · {texts.session.roles[role]}
          </Text>
          <Menu.Divider />
          <Menu.Item leftSection={<IconKey size={16} />} onClick={open}>
            {doorTexts.changeTitle}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut().catch(sayError)}>
            {texts.session.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
