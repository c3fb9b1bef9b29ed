import { Menu, Text, ThemeIcon, UnstyledButton } from '@mantine/core';
import { IconLogout, IconUser } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { sayError } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';
import { signOut, useUser } from './session.ts';

/** Who is signed in, and the way out. */
export function UserMenu(): ReactNode {
  const { name, email, role } = useUser();
  return (
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
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut().catch(sayError)}>
          {texts.signIn.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
