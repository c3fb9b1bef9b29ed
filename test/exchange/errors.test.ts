import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { type ErrorCode, TidegateError, isErrorCode } from '../../exchange/errors.ts';
import { EXCHANGE_ERRORS } from '../../exchange/errors/exchange.ts';
import { RECORD_ERRORS } from '../../exchange/errors/records.ts';
import { REQUEST_ERRORS } from '../../exchange/errors/requests.ts';
import { SECURITY_ERRORS } from '../../exchange/errors/security.ts';
import { NO_UPDATE_PERFORMED, toProblem } from '../../exchange/problem.ts';

const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

describe('the error catalogue', () => {
  it.each(codes)('%s is written for a human', (code) => {
    const { status, title, action, normal } = ERROR_CATALOGUE[code];
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    for (const sentence of [title, action, normal]) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  it('has each code once, whichever part of it the code stands in', () => {
    const parts = [SECURITY_ERRORS, EXCHANGE_ERRORS, RECORD_ERRORS, REQUEST_ERRORS].flatMap((part) => Object.keys(part));
    expect(parts).toHaveLength(new Set(parts).size);
    expect(codes.toSorted()).toEqual(parts.toSorted());
  });

  it('gives what passes by itself a status that other clients of HTTP try again as well', () => {
    const AGAIN = new Set([408, 409, 425, 429, 500, 502, 503, 504]);
    expect(codes.filter((code) => ERROR_CATALOGUE[code].retryable && !AGAIN.has(ERROR_CATALOGUE[code].status))).toEqual([]);
  });

  it('knows its own codes only', () => {
    expect(isErrorCode('replayed')).toBe(true);
    expect(isErrorCode('toString')).toBe(false);
    expect(isErrorCode('')).toBe(false);
  });
});

describe('a problem document', () => {
  it('carries code, status, facts and that no update was performed', () => {
    const problem = toProblem(new TidegateError('replayed', 'Seen at 12:00.', { id: 'x' }));
    expect(problem).toEqual({
      type: 'urn:tidegate:error:replayed',
      title: ERROR_CATALOGUE.replayed.title,
      status: 409,
      detail: `${ERROR_CATALOGUE.replayed.title} Seen at 12:00.`,
      code: 'replayed',
      noUpdate: NO_UPDATE_PERFORMED,
      facts: { id: 'x' },
    });
  });

  it('tells nothing of an error that was not thrown on purpose', () => {
    const problem = toProblem(new Error('password=secret; select * from people'));
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(problem.code).toBe('unexpected');
    expect(problem.status).toBe(500);
  });
});

describe('an error', () => {
  it('says the catalogue’s sentence, then what is known here, and keeps its cause to itself', () => {
    const cause = new Error('name=Ada');
    const error = new TidegateError('replayed', 'Seen at 12:00.', { id: 'x' }, { cause });
    expect(error.message).toBe(`${ERROR_CATALOGUE.replayed.title} Seen at 12:00.`);
    expect(new TidegateError('replayed').message).toBe(ERROR_CATALOGUE.replayed.title);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.facts, error.cause]).toEqual(['TidegateError', 'replayed', { id: 'x' }, cause]);
    expect(JSON.stringify(toProblem(error))).not.toContain('Ada');
  });
});

describe('retries', () => {
  it('are for faults that pass by themselves, never for refusals', () => {
    expect(new TidegateError('connection-failed').retryable).toBe(true);
    for (const code of ['invalid-token', 'replayed', 'issuer-not-crm', 'batch-refused', 'schema-drifted'] as const)
      expect(new TidegateError(code).retryable).toBe(false);
  });
});
