import { AppShell, Box, Burger, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useEffect } from 'react';
import { Sign } from './sign.tsx';

/** The frame around every view: the page's name, its places, and who is signed in. On a phone the places are behind a button. */
export function PageFrame({
  name,
  place,
  words,
  isNameSpared = false,
  middle,
  end,
  places,
  children,
}: {
  readonly name: string;
  /** The place where one is, for the window's title; and a key of it, by which the menu closes when one goes on. */
  readonly place: { readonly key: string; readonly title: string | undefined };
  readonly words: { readonly open: string; readonly label: string };
  /** Whether the name gives way to what else stands in the header, where it is narrow. */
  readonly isNameSpared?: boolean;
  readonly middle?: ReactNode;
  readonly end: ReactNode;
  readonly places: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  const [opened, { toggle, close }] = useDisclosure();
  useEffect(close, [place.key, close]);
  useEffect(() => {
    document.title = place.title === undefined ? name : `${place.title} · ${name}`;
  }, [place.title, name]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="md">
      <AppShell.Header>
        <Group h="100%" px="md" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap" miw={0} {...(middle === undefined ? {} : { w: { sm: 204 } })}>
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={words.open} aria-expanded={opened} />
            <Sign size={28} />
            <Text fw={650} truncate {...(isNameSpared ? { visibleFrom: 'sm' } : {})}>
              {name}
            </Text>
          </Group>
          {middle}
          <Box ml="auto">{end}</Box>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={words.label}>
        {places}
      </AppShell.Navbar>
      <AppShell.Main>{children}</AppShell.Main>
    </AppShell>
  );
}
