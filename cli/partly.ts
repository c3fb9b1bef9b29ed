import { translateDatabaseError } from '../adaptor/data/database-error.ts';
import { TidegateError } from '../exchange/errors.ts';

/**
 * Runs what follows something that stands already, in a file, a store or a worker. Where it fails, the error says what was done
 * (facts: done), so that nobody reads that no update was performed. What is no error of the catalogue comes as `unexpected`.
 */
export async function afterDoing<T>(done: string, rest: () => Promise<T>): Promise<T> {
  try {
    return await rest();
  } catch (thrown) {
    const error = translateDatabaseError(thrown);
    const { code, message, facts } = error instanceof TidegateError ? error : new TidegateError('unexpected');
    const before = doneBefore(facts);
    const detail = message.slice(new TidegateError(code).message.length).trimStart();
    // What an inner step has told stands in its detail already.
    throw new TidegateError(code, [detail, `Done before: ${done}.`].filter(Boolean).join(' '), { ...facts, done: [done, ...before] }, { cause: thrown });
  }
}

/** What a command had done when it failed. */
export function doneBefore(facts: TidegateError['facts']): readonly string[] {
  const { done } = facts;
  return Array.isArray(done) ? (done as readonly string[]) : [];
}
