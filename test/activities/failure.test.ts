import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../activities/failure.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { TidegateError } from '../../exchange/errors.ts';

describe("an activity's error in a history", () => {
  it('tells whoever reads the run its code, its facts, whether it is normal and what to do', () => {
    const failure = toFailure(new TidegateError('epoch-stale', undefined, { epoch: 7 })) as ApplicationFailure;
    const { normal, action } = ERROR_CATALOGUE['epoch-stale'];
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure.type).toBe('epoch-stale');
    expect(failure.nonRetryable).toBe(true);
    expect(failure.details).toEqual([{ code: 'epoch-stale', facts: { epoch: 7 }, normal, action }]);
  });

  it('is retried where it passes by itself', () => {
    expect((toFailure(new TidegateError('connection-failed')) as ApplicationFailure).nonRetryable).toBe(false);
  });

  it('is retried when the other side said, and not before', () => {
    const delayOf = (error: TidegateError) => (toFailure(error) as ApplicationFailure).nextRetryDelay ?? null;
    expect(delayOf(new TidegateError('too-many-requests', undefined, { retryAfterSeconds: 7 }))).toBe(7000);
    expect(delayOf(new TidegateError('connection-failed'))).toBeNull();
    expect(delayOf(new TidegateError('too-large', undefined, { retryAfterSeconds: 7 }))).toBeNull();
  });

  it('tells nothing of what was not thrown on purpose', () => {
    const failure = toFailure(new Error('name=Ada Lovelace')) as ApplicationFailure;
    expect(JSON.stringify([failure.message, failure.details, failure.stack])).not.toContain('Ada');
    expect(failure.type).toBe('unexpected');
  });
});
