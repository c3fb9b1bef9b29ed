import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import type { ErrorCode } from '../../exchange/errors.ts';
import {
  compareStep,
  fencedStep,
  loadStep,
  planStep,
  proofStep,
  pumpStep,
  reverseWindowStep,
  shortStep,
  waitStep,
  wireStep,
} from '../../workflows/activity-options.ts';
import { backoffMs, endingWith, failureOf, isTrustRefusal, outcomeOf, readFailure } from '../../workflows/failure.ts';

/* What a workflow decides by what a step failed with: whether it waits, ends as refused, or ends as failed. */

const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];
const anActivity = (cause: Error) => new ActivityFailure('Activity task failed', 'pumpWindows', '1', 'RETRY_STATE_UNSPECIFIED' as never, 'worker', cause);
const thrown = (type: string, nonRetryable = true, details: unknown[] = []) =>
  ApplicationFailure.create({ type, message: 'It says so.', nonRetryable, details });

describe('what a step failed with', () => {
  it('is the code, its words and whether time may mend it, whether an activity threw it or the workflow', () => {
    for (const nonRetryable of [true, false])
      for (const error of [thrown('link-stopped', nonRetryable), anActivity(thrown('link-stopped', nonRetryable))])
        expect(readFailure(error)).toEqual({ code: 'link-stopped', detail: 'It says so.', retryable: !nonRetryable });
  });

  it('is a lost worker where nobody answered in time, whichever time that was', () => {
    for (const type of ['START_TO_CLOSE', 'HEARTBEAT', 'SCHEDULE_TO_START'] as const)
      for (const error of [new TimeoutFailure('timeout', undefined, type), anActivity(new TimeoutFailure('timeout', undefined, type))])
        expect(readFailure(error)).toEqual({ code: 'worker-lost', detail: ERROR_CATALOGUE['worker-lost'].title, retryable: true });
  });

  it('is unexpected where it is nothing of the catalogue, and that is not tried again for ever', () => {
    expect(readFailure(thrown('TypeError'))).toMatchObject({ code: 'unexpected', retryable: false });
    expect(readFailure(thrown('toString'))).toMatchObject({ code: 'unexpected' });
    for (const error of [new Error('name=Ada'), 'name=Ada', undefined, anActivity(new CancelledFailure('x'))])
      expect(readFailure(error)).toEqual({ code: 'unexpected', detail: ERROR_CATALOGUE.unexpected.title, retryable: false });
  });

  it('says how long the other side wants to be left alone, where it said a number', () => {
    const waitOf = (details: unknown[]) => readFailure(thrown('too-many-requests', false, details)).waitMs;
    expect(waitOf([{ facts: { retryAfterSeconds: 2.5 } }])).toBe(2500);
    for (const details of [[], [null], [{}], [{ facts: {} }], [{ facts: { retryAfterSeconds: 'soon' } }]]) expect(waitOf(details)).toBeUndefined();
  });
});

describe('how a run ends', () => {
  it('is refused where a rule said no, and failed where something broke or would have passed', () => {
    const BROKEN = new Set<ErrorCode>(['unexpected', 'run-failed', 'database-refused', 'books-unbalanced', 'worker-lost']);
    for (const code of codes)
      expect([code, outcomeOf(failureOf(code))]).toEqual([code, BROKEN.has(code) || ERROR_CATALOGUE[code].retryable ? 'failed' : 'refused']);
  });

  it('is told by the code as its type, and by nothing that the server tries again', () => {
    for (const code of codes) {
      const ended = endingWith(failureOf(code));
      expect([ended.type, ended.message, ended.nonRetryable]).toEqual([code, ERROR_CATALOGUE[code].title, true]);
    }
  });

  it('does not end a chain for good where one side only did not believe the other: operators mend that', () => {
    expect(codes.filter((code) => isTrustRefusal(failureOf(code))).toSorted()).toEqual([
      'certificate-expired',
      'certificate-revoked',
      'client-not-allowed',
      'key-unknown',
    ]);
    // A refusal that time mends by itself is waited for otherwise.
    for (const code of codes.filter((one) => isTrustRefusal(failureOf(one)))) expect(ERROR_CATALOGUE[code].retryable).toBe(false);
  });
});

describe('the wait before another attempt', () => {
  it('doubles from a second up to its bound, and never less', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => backoffMs(attempt))).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1000, max: 1e7 }), (attempt, maxMs) => {
        const wait = backoffMs(attempt, maxMs);
        expect(wait).toBeGreaterThanOrEqual(1000);
        expect(wait).toBeLessThanOrEqual(maxMs);
        expect(backoffMs(attempt + 1, maxMs)).toBeGreaterThanOrEqual(wait);
      }),
    );
  });
});

describe('the kinds of steps', () => {
  const all = { shortStep, wireStep, proofStep, fencedStep, loadStep, pumpStep, reverseWindowStep, compareStep, planStep, waitStep };

  it('all give signs of life: a frozen worker is found out in ten seconds, whatever it was doing', () => {
    for (const [name, step] of Object.entries(all)) expect([name, step.heartbeatTimeout]).toEqual([name, '10 s']);
  });

  it('are never tried again under the same epoch where only another epoch fences the first attempt off', () => {
    for (const step of [fencedStep, loadStep, pumpStep]) expect(step.retry?.maximumAttempts).toBe(1);
  });

  it('are tried again for as long as a side is away, but for a plan, for which somebody waits', () => {
    for (const step of [shortStep, wireStep, proofStep, reverseWindowStep, waitStep]) expect(step.retry?.maximumAttempts).toBeUndefined();
    expect(planStep.retry?.maximumAttempts).toBeGreaterThan(1);
  });

  it('of a load and of the pump let the window in hand end where they are cancelled', () => {
    for (const step of [loadStep, pumpStep]) expect(step.cancellationType).toBe('WAIT_CANCELLATION_COMPLETED');
  });

  it('of a comparison do not wait for a collection that is being loaded', () => expect(compareStep.retry?.nonRetryableErrorTypes).toEqual(['load-incomplete']));
});
