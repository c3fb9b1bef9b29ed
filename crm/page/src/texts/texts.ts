export { chooseLanguage } from '../../../../web/page/language.ts';
import { pickLanguage } from '../../../../web/page/language.ts';
import { de } from './de.ts';
import { en, type Texts } from './en.ts';

/** Languages that the page speaks, by their own names. */
export const LANGUAGES = { de: 'Deutsch', en: 'English' } as const;

/** A language that the page speaks. */
export type Language = keyof typeof LANGUAGES;

const picked = pickLanguage<Texts, Language>({ de, en });

/** The language that the page speaks. */
export const { language } = picked;

/** The words of the page in the user's language. */
export const texts: Texts = picked.texts;

/** Tag by which dates and numbers are formatted: the user's region, where the language fits. */
export const formatLanguage = picked.format;
