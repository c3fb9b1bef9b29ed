import { isConnectionLoss } from '../adaptor/data/database-error.ts';
import { TidegateError } from '../exchange/errors.ts';
import { Prisma } from '../prisma/generated/crm/client.ts';

/** Prisma's codes for a database that cannot be reached, has no connection left, or was lost within a transaction (P2028). */
const UNAVAILABLE = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037']);

/** The same, as the driver's adapter calls it within the error of a raw query. */
const ABSENT_KINDS = new Set(['ConnectionClosed', 'DatabaseNotReachable', 'SocketTimeout', 'TooManyConnections']);

/** What a constraint of the store refused: unique, foreign key, check, not null, too long, out of range. */
const REFUSED = new Set(['P2000', 'P2002', 'P2003', 'P2004', 'P2011', 'P2014', 'P2020']);

/** SQLSTATE classes and codes: 23 integrity, 22 data; 08 connection, 57P shutdown, 53 resources. */
const isRefusal = (state: string): boolean => state.startsWith('23') || state.startsWith('22');
const isAbsence = (state: string): boolean => state.startsWith('08') || state.startsWith('57P') || state.startsWith('53');

/**
 * What a failed query means: `constraint-violated`, `database-unavailable`, else the error as it is (told as `unexpected`).
 * The database's own words stay inside: they can hold record content.
 */
export function translatePrismaError(error: unknown): unknown {
  if (error instanceof TidegateError) return error;
  const code = error instanceof Prisma.PrismaClientKnownRequestError ? error.code : undefined;
  const state = sqlState(error);
  if ((code !== undefined && REFUSED.has(code)) || (state !== undefined && isRefusal(state))) {
    return new TidegateError('constraint-violated', undefined, { constraint: constraintName(error) ?? null }, { cause: error });
  }
  if (error instanceof Prisma.PrismaClientInitializationError || (code !== undefined && UNAVAILABLE.has(code)) || (state !== undefined && isAbsence(state))) {
    return new TidegateError('database-unavailable', undefined, {}, { cause: error });
  }
  return layers(error).some((layer) => ABSENT_KINDS.has(String(Reflect.get(layer, 'kind'))) || (layer instanceof Error && isConnectionLoss(layer)))
    ? new TidegateError('database-unavailable', undefined, {}, { cause: error })
    : error;
}

/** Whether PostgreSQL refused for want of a right, or by a row rule (42501). */
export const isDenied = (error: unknown): boolean => sqlState(error) === '42501';

/** The SQLSTATE, wherever on the way up from the driver it was kept. */
function sqlState(error: unknown): string | undefined {
  for (const layer of layers(error)) {
    for (const name of ['originalCode', 'code'] as const) {
      const value: unknown = Reflect.get(layer, name);
      if (typeof value === 'string' && /^[0-9A-Z]{5}$/.test(value) && !value.startsWith('P1') && !value.startsWith('P2')) return value;
    }
  }
  return undefined;
}

/** Names of constraints are the schema's, not the record's. */
function constraintName(error: unknown): string | undefined {
  for (const layer of layers(error)) {
    const constraint: unknown = Reflect.get(layer, 'constraint');
    if (typeof constraint === 'string') return constraint;
    const index: unknown = typeof constraint === 'object' && constraint !== null ? Reflect.get(constraint, 'index') : undefined;
    if (typeof index === 'string') return index;
  }
  return undefined;
}

/** An error with what it was made of: causes, and where Prisma keeps the driver's. */
function layers(error: unknown): object[] {
  const found: object[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || found.includes(value) || found.length > 10) return;
    found.push(value);
    for (const name of ['cause', 'meta', 'driverAdapterError', 'errors']) visit(Reflect.get(value, name));
  };
  visit(error);
  return found;
}
