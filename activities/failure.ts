import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CompleteAsyncError } from '@temporalio/activity';
import { translateDatabaseError } from '../adaptor/data/database-error.ts';
import { ERROR_CATALOGUE } from '../exchange/error-catalogue.ts';
import { TidegateError } from '../exchange/errors.ts';

/**
 * What an activity's error looks like in a history: the catalogue's code as its type, its sentence, its facts, what an
 * operator asks of it, and whether it is retried. An error that is no TidegateError becomes `unexpected` without its text, which may quote record content.
 */
export function toFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error;
  if (isCancelled(error)) return new CancelledFailure('The activity was cancelled.');
  const translated = translateDatabaseError(error);
  const known = translated instanceof TidegateError ? translated : new TidegateError('unexpected', undefined, { error: nameOf(error) });
  const { normal, action } = ERROR_CATALOGUE[known.code];
  const failure = ApplicationFailure.create({
    message: known.message,
    type: known.code,
    nonRetryable: !known.retryable,
    ...nextRetry(known),
    details: [{ code: known.code, facts: known.facts, normal, action }],
  });
  // Frames hold paths of files and names of functions only; the first line would hold the original text.
  failure.stack = `${known.name}: ${known.code}`;
  return failure;
}

/** Where the other side said when to ask again, the step is done again then and not before. */
function nextRetry({ retryable, facts }: TidegateError): { readonly nextRetryDelay?: number } {
  const seconds = facts['retryAfterSeconds'];
  return retryable && typeof seconds === 'number' ? { nextRetryDelay: seconds * 1000 } : {};
}

/** Whether an activity ended because it was told to. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'CancelledFailure');
}

/** Name of an error's class, or its code: never its message. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
