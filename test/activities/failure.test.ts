import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import fc from 'fast-check';
import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../activities/failure.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import { readFailure } from '../../workflows/failure.ts';

const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];
const failureOf = (error: unknown) => toFailure(error) as ApplicationFailure;
/** All that reaches a history of it. */
const textOf = ({ message, details, stack, cause, type }: ApplicationFailure) => JSON.stringify([message, details, stack, String(cause), type]);

/** As PostgreSQL refuses a statement: it quotes the record. */
const refused = (state: string) =>
  Object.assign(new DatabaseError('duplicate key value violates unique constraint', 100, 'error'), {
    code: state,
    detail: 'Key (email)=(ada@example.com) already exists.',
    constraint: 'contacts_email_key',
    table: 'contacts',
  });

describe("an activity's error in a history", () => {
  it('tells whoever reads the run its code, its facts, whether it is normal and what to do', () => {
    const failure = failureOf(new TidegateError('epoch-stale', undefined, { epoch: 7 }));
    const { normal, action } = ERROR_CATALOGUE['epoch-stale'];
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure.type).toBe('epoch-stale');
    expect(failure.nonRetryable).toBe(true);
    expect(failure.details).toEqual([{ code: 'epoch-stale', facts: { epoch: 7 }, normal, action }]);
  });

  it('is retried where it passes by itself, and read alike by the workflow', () => {
    for (const code of codes) {
      const error = new TidegateError(code, 'More.');
      const failure = failureOf(error);
      expect([code, failure.nonRetryable]).toEqual([code, !error.retryable]);
      expect(readFailure(failure)).toEqual({ code, detail: error.message, retryable: error.retryable });
    }
  });

  it('is retried when the other side said, and not before', () => {
    const delayOf = (error: TidegateError) => failureOf(error).nextRetryDelay ?? null;
    const busy = new TidegateError('too-many-requests', undefined, { retryAfterSeconds: 7 });
    expect(delayOf(busy)).toBe(7000);
    // The SDK does not hand the delay on to workflows: they read it among the facts.
    expect(readFailure(failureOf(busy)).waitMs).toBe(7000);
    expect(delayOf(new TidegateError('connection-failed'))).toBeNull();
    expect(delayOf(new TidegateError('too-large', undefined, { retryAfterSeconds: 7 }))).toBeNull();
  });

  it.each<[string, unknown]>([
    ['an error', new Error('name=Ada Lovelace')],
    ['an error with a cause', new Error('failed', { cause: new Error('name=Ada Lovelace') })],
    ['a text', 'name=Ada Lovelace'],
    ['an object', { name: 'Ada Lovelace' }],
  ])('tells nothing of what was not thrown on purpose: %s', (_what, thrown) => {
    const failure = failureOf(thrown);
    expect(textOf(failure)).not.toContain('Ada');
    expect([failure.type, failure.nonRetryable]).toEqual(['unexpected', true]);
  });

  it('names the class of what was not thrown on purpose: that much an engineer can look for', () => {
    expect(failureOf(new RangeError('x')).details).toMatchObject([{ facts: { error: 'RangeError' } }]);
    expect(failureOf(null).details).toMatchObject([{ facts: { error: 'object' } }]);
  });

  it('keeps the cause of what was thrown on purpose out: it may quote the record', () => {
    expect(textOf(failureOf(new TidegateError('connection-failed', undefined, {}, { cause: new Error('name=Ada Lovelace') })))).not.toContain('Ada');
  });

  it('of a database is its SQLSTATE with names of the schema, never the sentence that quotes values', () => {
    const failure = failureOf(refused('23505'));
    expect(failure.type).toBe('database-refused');
    expect(failure.details).toMatchObject([{ facts: { sqlState: '23505', constraint: 'contacts_email_key', table: 'contacts' } }]);
    expect(textOf(failure)).not.toContain('ada@example.com');
    expect(failureOf(refused('57P01'))).toMatchObject({ type: 'database-unavailable', nonRetryable: false });
    expect(failureOf(refused('TG001'))).toMatchObject({ type: 'message-missing', nonRetryable: true });
  });

  it('of a step that was told to end says so, and is no fault', () => {
    const aborted = new DOMException('This operation was aborted', 'AbortError');
    expect(toFailure(aborted)).toBeInstanceOf(CancelledFailure);
  });

  it('that is in Temporal’s words already stays as it is', () => {
    for (const one of [ApplicationFailure.create({ type: 'replayed' }), new CancelledFailure('x'), new CompleteAsyncError()]) expect(toFailure(one)).toBe(one);
  });

  it('tells no path of this machine by its stack', () => {
    fc.assert(
      fc.property(fc.constantFrom(...codes), (code) => {
        expect(failureOf(new TidegateError(code)).stack).toBe(`TidegateError: ${code}`);
      }),
      { numRuns: 20 },
    );
  });
});
