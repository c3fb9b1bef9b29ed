import { notifications } from '@mantine/notifications';
import { TidegateError } from '../../../../exchange/errors.ts';
import { texts } from '../texts/texts.ts';

/** What an error means, in the user's words. */
export function errorText(error: unknown): string {
  if (!(error instanceof TidegateError)) return texts.errors.codes['unexpected'] ?? '';
  if (error.code === 'connection-failed') return texts.errors.offline;
  return texts.errors.codes[error.code] ?? error.message;
}

/** Says that something did not work. */
export function sayError(error: unknown): void {
  notifications.show({ color: 'red', title: texts.errors.title, message: errorText(error), closeButtonProps: { 'aria-label': texts.common.close } });
}

/** Says that something was done. */
export function sayDone(message: string): void {
  notifications.show({ color: 'teal', message, closeButtonProps: { 'aria-label': texts.common.close } });
}
