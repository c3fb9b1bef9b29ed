import { pickLanguage } from '../../../../web/page/language.ts';
import { de } from './de.ts';
import { en, type Texts } from './en.ts';

const picked = pickLanguage<Texts>({ de, en });

/** The language that the page speaks. */
export const { language } = picked;

/** The words of the page in the user's language. */
export const texts: Texts = picked.texts;

/** Tag by which dates and numbers are formatted: the user's region, where the language fits. */
export const formatLanguage = picked.format;
