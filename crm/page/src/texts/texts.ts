import { de } from './de.ts';
import { en, type Texts } from './en.ts';

const LANGUAGES: Readonly<Record<string, Texts>> = { de, en };

/** The first of the user's languages that the page speaks; English otherwise. */
function pickLanguage(wanted: readonly string[]): string {
  return wanted.map((tag) => tag.split('-')[0] ?? '').find((language) => Object.hasOwn(LANGUAGES, language)) ?? 'en';
}

const language = pickLanguage(navigator.languages);
document.documentElement.lang = language;

/** The words of the page in the user's language. */
export const texts: Texts = LANGUAGES[language] ?? en;

/** Tag by which dates and numbers are formatted: the user's region, where the language fits. */
export const formatLanguage = navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
