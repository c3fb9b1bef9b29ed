import { noticesOf } from '../../../../web/page/notices.ts';
import { allReasons } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';

/** How the page says what was done and what did not work. */
export const { errorText, sayError, sayDone } = noticesOf({
  errors: { ...texts.errors, codes: { ...allReasons, ...texts.errors.codes } },
  common: texts.common,
});
