import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconKey, IconLogout, IconUserCheck, IconUserOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { peopleTexts } from './people-texts.ts';
import type { Account } from './use-accounts.ts';

/** Acts that are asked about again before they are done. */
export type SureAct = 'disable' | 'sign-out' | 'reset-password';

/** What an administrator can do with one user of a page. */
export function AccountActs({
  account,
  ask,
  enable,
}: {
  readonly account: Account<string>;
  readonly ask: (act: SureAct) => void;
  readonly enable: () => void;
}): ReactNode {
  return (
    <Menu position="bottom-end" withArrow>
      <Menu.Target>
        <ActionIcon variant="default" aria-label={peopleTexts.act(account.name)}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => ask('sign-out')}>
          {peopleTexts.signOut}
        </Menu.Item>
        <Menu.Item leftSection={<IconKey size={16} />} onClick={() => ask('reset-password')}>
          {peopleTexts.reset}
        </Menu.Item>
        {account.disabledAt === null ? (
          <Menu.Item leftSection={<IconUserOff size={16} />} onClick={() => ask('disable')}>
            {peopleTexts.disable}
          </Menu.Item>
        ) : (
          <Menu.Item leftSection={<IconUserCheck size={16} />} onClick={enable}>
            {peopleTexts.enable}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
