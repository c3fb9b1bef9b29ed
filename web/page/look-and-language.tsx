import { Menu, useMantineColorScheme } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { chooseLanguage, LANGUAGES, pickLanguage } from './language.ts';

const en = { look: 'Look', looks: { light: 'Light', dark: 'Dark', auto: 'As the device' }, language: 'Language' };
const de: typeof en = { look: 'Aussehen', looks: { light: 'Hell', dark: 'Dunkel', auto: 'Wie das Gerät' }, language: 'Sprache' };
const { language, texts } = pickLanguage({ de, en });

/** Choices within a menu: light or dark, and which language a page speaks. */
export function LookAndLanguage(): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <div role="group" aria-label={texts.look}>
        <Menu.Label>{texts.look}</Menu.Label>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.RadioItem
            key={scheme}
            value={scheme}
            checked={colorScheme === scheme}
            checkIcon={<Chosen />}
            closeMenuOnClick={false}
            onChange={() => setColorScheme(scheme)}
          >
            {texts.looks[scheme]}
          </Menu.RadioItem>
        ))}
      </div>
      <div role="group" aria-label={texts.language}>
        <Menu.Label>{texts.language}</Menu.Label>
        {Object.entries(LANGUAGES).map(([each, name]) => (
          <Menu.RadioItem key={each} value={each} lang={each} checked={each === language} checkIcon={<Chosen />} onChange={() => chooseLanguage(each)}>
            {name}
          </Menu.RadioItem>
        ))}
      </div>
    </>
  );
}

/** A mark beside what is chosen. */
function Chosen(): ReactNode {
  return <IconCheck size={16} aria-hidden />;
}
