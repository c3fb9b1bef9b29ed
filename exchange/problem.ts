import { ERROR_CATALOGUE } from './error-catalogue.ts';
import { type ErrorCode, type ErrorFacts, TidegateError } from './errors.ts';

/** An RFC 9457 problem document. `noUpdate` says that nothing was changed. */
export interface Problem {
  readonly type: `urn:tidegate:error:${string}`;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly noUpdate: string;
  readonly facts: ErrorFacts;
}

/** The sentence that every refusal carries (law 6). */
export const NO_UPDATE_PERFORMED = 'No update was performed.';

/** The problem document (RFC 9457) of any thrown value; what is not a TidegateError is told as `unexpected`, without its text. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof TidegateError ? error : new TidegateError('unexpected');
  const { status, title } = ERROR_CATALOGUE[known.code];
  return {
    type: `urn:tidegate:error:${known.code}`,
    title,
    status,
    detail: known.message,
    code: known.code,
    noUpdate: NO_UPDATE_PERFORMED,
    facts: known.facts,
  };
}
