import { noticesOf } from '../../../../web/page/notices.ts';
import { texts } from '../texts/texts.ts';

/** How the page says what was done and what did not work. */
export const { errorText, sayError, sayDone } = noticesOf(texts);
