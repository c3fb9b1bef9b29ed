import { notifications } from '@mantine/notifications';
import { TidegateError } from '../../exchange/errors.ts';

/** What a page's notices are worded with. */
export interface NoticeTexts {
  readonly errors: { readonly title: string; readonly offline: string; readonly codes: Readonly<Record<string, string | undefined>> };
  readonly common: { readonly close: string };
}

/** How a page says what was done and what did not work. */
export interface Notices {
  /** What an error means, in the user's words. */
  readonly errorText: (error: unknown) => string;
  /** Says that something did not work. */
  readonly sayError: (error: unknown) => void;
  /** Says that something was done. */
  readonly sayDone: (message: string) => void;
}

/** The notices of a page, in its words. */
export function noticesOf({ errors, common }: NoticeTexts): Notices {
  const closeButtonProps = { 'aria-label': common.close };
  const errorText = (error: unknown): string => {
    if (!(error instanceof TidegateError)) return errors.codes['unexpected'] ?? '';
    if (error.code === 'connection-failed') return errors.offline;
    return errors.codes[error.code] ?? error.message;
  };
  return {
    errorText,
    sayError: (error) => void notifications.show({ color: 'red', title: errors.title, message: errorText(error), closeButtonProps }),
    sayDone: (message) => void notifications.show({ color: 'teal', message, closeButtonProps }),
  };
}
