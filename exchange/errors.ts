import { ERROR_CATALOGUE } from './error-catalogue.ts';

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Whether a text is a code of the catalogue. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, text);
}

/** Facts that go with an error: ids, names, numbers; never record content or secrets. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** The only error class that Tidegate throws on purpose. */
export class TidegateError extends Error {
  override readonly name = 'TidegateError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  /** `detail` adds to the catalogue's title what is known here; it must not hold record content. */
  constructor(code: ErrorCode, detail?: string, facts: ErrorFacts = {}, options?: ErrorOptions) {
    super(detail === undefined ? ERROR_CATALOGUE[code].title : `${ERROR_CATALOGUE[code].title} ${detail}`, options);
    this.code = code;
    this.facts = facts;
  }

  /** Whether the same request may succeed later by itself. */
  get retryable(): boolean {
    return ERROR_CATALOGUE[this.code].retryable;
  }
}
