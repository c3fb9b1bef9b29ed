import { pickLanguage } from '../language.ts';

/* Words of the question before something unsaved is left, the same on both pages. */

const en = {
  title: 'Leave without saving?',
  text: 'What you have entered here is not saved.',
  stay: 'Go on editing',
  leave: 'Leave',
  close: 'Close',
};

const de: typeof en = {
  title: 'Gehen, ohne zu speichern?',
  text: 'Was Sie hier eingegeben haben, ist nicht gespeichert.',
  stay: 'Weiter bearbeiten',
  leave: 'Gehen',
  close: 'Schließen',
};

/** The words in the user's language. */
export const unsavedTexts = pickLanguage({ de, en }).texts;
