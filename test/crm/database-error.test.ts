import { describe, expect, it } from 'vitest';
import { isDenied, translatePrismaError } from '../../crm/database-error.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { Prisma } from '../../prisma/generated/crm/client.ts';

/* What a failed query means. The errors are shaped as Prisma and its driver leave them: the SQLSTATE is somewhere below. */

const known = (code: string, meta: object = {}) =>
  new Prisma.PrismaClientKnownRequestError('Invalid `prisma.contact.update()`: value ada@acme.example', {
    code,
    clientVersion: 'x',
    meta: meta as Record<string, unknown>,
  });
const raw = (state: string) => known('P2010', { driverAdapterError: Object.assign(new Error('ada@acme.example'), { cause: { originalCode: state } }) });
const driver = (state: string, more: object = {}) => Object.assign(new Error('ada@acme.example'), { code: state, ...more });
const meaning = (error: unknown): unknown => {
  const meant = translatePrismaError(error);
  return meant instanceof TidegateError ? meant.code : 'as it is';
};

describe('what a failed query means', () => {
  it.each([
    ['a unique value that is there', known('P2002')],
    ['a record that others refer to', known('P2003')],
    ['a value that is too long', known('P2000')],
    ['a null where there has to be something', known('P2011')],
    ['a check of the table', raw('23514')],
    ['an exclusion', raw('23P01')],
    ['a number out of range', raw('22003')],
    ['a text that is no uuid', driver('22P02')],
    ['an error within others', Object.assign(new Error('outer'), { cause: new AggregateError([], 'x'), errors: { cause: driver('23503') } })],
  ])('%s is refused by the store', (_what, error) => {
    expect(meaning(error)).toBe('constraint-violated');
  });

  it.each([
    ['a server that is not there', known('P1001')],
    ['a pool that is empty', known('P2024')],
    ['a connection that was lost within a transaction', known('P2028')],
    [
      'a server that closed the connection on a raw query',
      known('P2010', { driverAdapterError: Object.assign(new Error('ConnectionClosed'), { cause: { kind: 'ConnectionClosed' } }) }),
    ],
    ['a server that ends', driver('57P01')],
    ['a server that starts', raw('57P03')],
    ['too many connections', driver('53300')],
    ['a connection that broke', raw('08006')],
    ['a client that never came up', new Prisma.PrismaClientInitializationError('no', 'x')],
    ['a port where nobody listens', Object.assign(new Error('connect'), { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) })],
  ])('%s passes: the database is away', (_what, error) => {
    expect(meaning(error)).toBe('database-unavailable');
    expect(translatePrismaError(error)).toMatchObject({ retryable: true });
  });

  it.each([
    ['a fault of this code', new TypeError('x is undefined')],
    ['a column that is not there', driver('42703')],
    ['a record that was not found', known('P2025')],
    ['nothing', undefined],
    ['a text', 'P2002'],
  ])('%s is nobody’s refusal', (_what, error) => {
    expect(meaning(error)).toBe('as it is');
    expect(translatePrismaError(error)).toBe(error);
  });

  it('keeps a refusal that says itself what it is', () => {
    const refused = new TidegateError('version-conflict', undefined, {}, { cause: known('P2002') });
    expect(translatePrismaError(refused)).toBe(refused);
  });

  it('names the constraint, and says nothing of the record', () => {
    const meant = translatePrismaError(driver('23505', { constraint: 'users_email_key' })) as TidegateError;
    expect(meant.facts).toEqual({ constraint: 'users_email_key' });
    const nested = translatePrismaError(
      known('P2002', { driverAdapterError: { cause: { originalCode: '23505', constraint: { index: 'users_email_key' } } } }),
    ) as TidegateError;
    expect(nested.facts).toEqual({ constraint: 'users_email_key' });
    for (const { message, facts } of [meant, nested]) expect(JSON.stringify([message, facts])).not.toContain('ada@');
  });
});

describe('what was refused for want of a right', () => {
  it('is known by its SQLSTATE alone, wherever it stands', () => {
    expect([isDenied(driver('42501')), isDenied(raw('42501')), isDenied(Object.assign(new Error('x'), { cause: driver('42501') }))]).toEqual([
      true,
      true,
      true,
    ]);
    expect([isDenied(driver('42P01')), isDenied(new Error('permission denied')), isDenied(null)]).toEqual([false, false, false]);
  });

  it('is found in an error that refers to itself', () => {
    const error = driver('42501');
    const outer = Object.assign(new Error('x'), { cause: error });
    Object.assign(error, { cause: outer });
    expect(isDenied(outer)).toBe(true);
    const endless = new Error('x');
    endless.cause = endless;
    expect(isDenied(endless)).toBe(false);
  });
});
