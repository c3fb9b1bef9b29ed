import { DatabaseError } from 'pg';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';

/** SQLSTATEs that the guard of captured tables raises (class TG is no class of PostgreSQL's or the standard's). */
export const GUARD_STATES = {
  /** The transaction names no message. */
  TG001: 'message-missing',
  /** The message it names was not accepted, or is spent. */
  TG002: 'message-not-accepted',
  TG003: 'message-expired',
  /** The message orders neither this collection nor this operation. */
  TG004: 'scope-denied',
  /** The message does not order this field. */
  TG005: 'field-not-authorised',
  /** The message belongs to another link than the transaction names. */
  TG006: 'link-mismatch',
  /** The release was not spent in this very transaction. */
  TG007: 'release-not-accepted',
  /** The release does not name this record. */
  TG008: 'release-mismatch',
  /** The transaction wrote for a plan, without a message, and was to be committed. */
  TG009: 'message-missing',
} as const satisfies Record<string, ErrorCode>;

/** Classes of SQLSTATE after which the same act may succeed on another connection or a little later. 25006: a standby that is not promoted yet. */
const PASSING = /^(08|40|53|57P|58|55P03|25006|25P0[34])/;

/** Errors of the network that mean that there is no connection. */
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);

/**
 * What a thrown value means to Tidegate. PostgreSQL's message and detail quote record content, so only its code and the
 * names of schema objects pass. Errors that are no database's come back as they are.
 */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof TidegateError || !(error instanceof Error)) return error;
  if (!(error instanceof DatabaseError)) return isConnectionLoss(error) ? new TidegateError('database-unavailable') : error;
  const state = error.code ?? 'unknown';
  if (Object.hasOwn(GUARD_STATES, state)) return new TidegateError(GUARD_STATES[state as keyof typeof GUARD_STATES], undefined, objects(error));
  if (PASSING.test(state)) return new TidegateError('database-unavailable', `(SQLSTATE ${state})`, { sqlState: state });
  return new TidegateError('database-refused', `(SQLSTATE ${state})`, { sqlState: state, ...objects(error) });
}

function objects({ schema, table, column, constraint }: DatabaseError): Record<string, string> {
  const named = { schema, table, column, constraint };
  return Object.fromEntries(Object.entries(named).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

/** Whether an error of the network or of the driver means that there is no connection, or no longer. */
export function isConnectionLoss(error: Error): boolean {
  if ('code' in error && typeof error.code === 'string' && NETWORK.has(error.code)) return true;
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/.test(error.message);
}
