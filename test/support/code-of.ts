import { TidegateError } from '../../exchange/errors.ts';
import type { ErrorCode } from '../../exchange/errors.ts';

/** The code with which a promise is refused; `accepted` where it is not. Other errors than Tidegate's are thrown on. */
export async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | 'accepted'> {
  try {
    await promise;
    return 'accepted';
  } catch (error) {
    if (error instanceof TidegateError) return error.code;
    throw error;
  }
}
