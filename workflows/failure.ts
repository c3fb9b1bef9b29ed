import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { ERROR_CATALOGUE } from '../exchange/error-catalogue.ts';
import { type ErrorCode, isErrorCode } from '../exchange/errors.ts';

/** What a failed step says: a code of the catalogue, a sentence, and whether time alone may mend it. */
export interface StepFailure {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryable: boolean;
  /** The other side said that it is not to be asked again before. */
  readonly waitMs?: number;
}

/** Codes that tell of a fault in Tidegate or its surroundings; every other code is a refusal. */
const FAULTS: ReadonlySet<ErrorCode> = new Set(['unexpected', 'run-failed', 'database-refused', 'books-unbalanced', 'worker-lost']);

/** Reads what an activity (or this workflow) threw. A step that got no answer in time is `worker-lost`. */
export function readFailure(error: unknown): StepFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return { code: 'worker-lost', detail: ERROR_CATALOGUE['worker-lost'].title, retryable: true };
  if (cause instanceof ApplicationFailure) {
    const code = isErrorCode(cause.type ?? '') ? (cause.type as ErrorCode) : 'unexpected';
    return { code, detail: cause.message, retryable: cause.nonRetryable !== true, ...waitOf(cause.details?.[0]) };
  }
  return { code: 'unexpected', detail: ERROR_CATALOGUE.unexpected.title, retryable: false };
}

/** Refusals that end by themselves once a key or certificate is registered, or renewed, at either side. */
const TRUST_REFUSALS: ReadonlySet<ErrorCode> = new Set(['key-unknown', 'certificate-expired', 'certificate-revoked', 'client-not-allowed']);

/** Whether a refusal was about whom a side believes: operators mend that, and nobody tells the workflow. */
export function isTrustRefusal({ code }: StepFailure): boolean {
  return TRUST_REFUSALS.has(code);
}

/** What activities/failure.ts tells of waiting (the SDK does not hand `nextRetryDelay` on to workflows). */
function waitOf(detail: unknown): { readonly waitMs?: number } {
  const { facts } = (detail ?? {}) as { facts?: Readonly<Record<string, unknown>> };
  const seconds = facts?.['retryAfterSeconds'];
  return typeof seconds === 'number' ? { waitMs: seconds * 1000 } : {};
}

/** How a run ends after a failure: `refused` where a rule said no, `failed` where something broke. */
export function outcomeOf(failure: StepFailure): 'refused' | 'failed' {
  return FAULTS.has(failure.code) || failure.retryable ? 'failed' : 'refused';
}

/** The failure that ends a workflow: typed with its code, never retried by the server. */
export function endingWith(failure: StepFailure): ApplicationFailure {
  return ApplicationFailure.create({ message: failure.detail, type: failure.code, nonRetryable: true });
}

/** A failure by its code alone. */
export function failureOf(code: ErrorCode): StepFailure {
  return { code, detail: ERROR_CATALOGUE[code].title, retryable: ERROR_CATALOGUE[code].retryable };
}

/** Wait in milliseconds before the n-th new attempt (n from 1): doubles from one second up to `maxMs`. */
export function backoffMs(attempt: number, maxMs = 30_000): number {
  return Math.min(1000 * 2 ** Math.min(attempt - 1, 20), maxMs);
}
