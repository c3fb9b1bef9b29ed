import { de } from './de.ts';
import { en, type Texts } from './en.ts';

/** Languages that the page speaks, by their own names. */
export const LANGUAGES = { de: 'Deutsch', en: 'English' } as const;

/** A language that the page speaks. */
export type Language = keyof typeof LANGUAGES;

const TEXTS: Readonly<Record<Language, Texts>> = { de, en };

/** Where the browser keeps the language that its user has chosen. */
const CHOICE = 'tidegate-language';

const isLanguage = (name: string | null | undefined): name is Language => name != null && Object.hasOwn(TEXTS, name);

/** The language that was chosen here, else the first of the user's languages that the page speaks; English otherwise. */
function pickLanguage(wanted: readonly string[]): Language {
  const chosen = localStorage.getItem(CHOICE);
  if (isLanguage(chosen)) return chosen;
  return wanted.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

/** The language that the page speaks. */
export const language: Language = pickLanguage(navigator.languages);
document.documentElement.lang = language;

/** Speaks another language from now on; the page is loaded anew, since its words stand everywhere. */
export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(CHOICE, chosen);
  location.reload();
}

/** The words of the page in the user's language. */
export const texts: Texts = TEXTS[language];

/** Tag by which dates and numbers are formatted: the user's region, where the language fits. */
export const formatLanguage = navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
