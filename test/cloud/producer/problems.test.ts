import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asTidegateError } from '../../../cloud/producer/problems.ts';
import { TidegateError } from '../../../exchange/errors.ts';

const thrown = (code: string, statusCode?: number): Error =>
  Object.assign(new Error('row (ada@acme.example)'), { code, ...(statusCode === undefined ? {} : { statusCode }) });
const database = (code: string): DatabaseError => Object.assign(new DatabaseError('row (ada@acme.example)', 1, 'error'), { code });

describe('what a producer answers for anything that is thrown', () => {
  it.each([
    [thrown('FST_ERR_CTP_BODY_TOO_LARGE', 413), 'too-large'],
    [thrown('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), 'unsupported-media'],
    [thrown('ERR_HTTP_REQUEST_TIMEOUT', 408), 'request-timeout'],
    [thrown('FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400), 'bad-request'],
    [thrown('HPE_INVALID_METHOD', 400), 'bad-request'],
    [database('57P01'), 'database-unavailable'],
    [thrown('ECONNREFUSED'), 'database-unavailable'],
    [new Error('bug'), 'unexpected'],
    [thrown('X', 500), 'unexpected'],
    [new TidegateError('epoch-stale'), 'epoch-stale'],
  ])('%s: %s', (error, code) => {
    const meant = asTidegateError(error);
    expect(meant.code).toBe(code);
    expect(JSON.stringify([meant.message, meant.facts])).not.toContain('ada@');
  });

  it('names the members of an object that are wrong, eight at most, and none of their values', () => {
    const schema = z.object(Object.fromEntries(Array.from({ length: 12 }, (_none, i) => [`m${i}`, z.number()])));
    const meant = asTidegateError(schema.safeParse({ m0: 'ada@acme.example' }).error);
    expect(meant).toMatchObject({ code: 'bad-request', facts: { members: Array.from({ length: 8 }, (_none, i) => `m${i}`) } });
    expect(JSON.stringify([meant.message, meant.facts])).not.toContain('ada@');
  });
});
