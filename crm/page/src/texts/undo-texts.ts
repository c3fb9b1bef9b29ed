import { pickLanguage } from '../../../../web/page/language.ts';
import { deUndo } from './undo-de.ts';
import { enUndo } from './undo-en.ts';

/** Words of the undo of a run in the user's language. */
export const undoTexts = pickLanguage({ de: deUndo, en: enUndo }).texts;
