import { pickLanguage } from '../../../../web/page/language.ts';
import { deReasons } from './reasons-de.ts';
import { enReasons } from './reasons-en.ts';
import { texts } from './texts.ts';

/* Apart from the other words: a long list of its own. */

const reasons = pickLanguage({ de: deReasons, en: enReasons }).texts;

/** Why something did not happen, in the user's words: never its code. */
export function reasonText(code: string): string {
  return reasons[code] ?? texts.errors.codes[code] ?? reasons['unexpected'] ?? '';
}
