import { pickLanguage } from '../language.ts';

/* Words around days and times, the same on both pages. */

const en = {
  letters: { day: 'DD', month: 'MM', year: 'YYYY' },
  choose: 'Choose a day',
  earlier: 'Earlier',
  later: 'Later',
  write: (example: string) => `Write it like this: ${example}`,
};

const de: typeof en = {
  letters: { day: 'TT', month: 'MM', year: 'JJJJ' },
  choose: 'Tag wählen',
  earlier: 'Früher',
  later: 'Später',
  write: (example) => `Schreiben Sie es so: ${example}`,
};

const picked = pickLanguage({ de, en });

/** The words in the user's language. */
export const dateTexts = picked.texts;

/** The language and, for formats, the user's region. */
export const { language, format: formatLanguage } = picked;
