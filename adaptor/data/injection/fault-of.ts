import { DatabaseError } from 'pg';
import type { ErrorCode } from '../../../exchange/errors.ts';
import { faultDetail } from '../../../exchange/fault-details.ts';
import type { Receiver } from './receiver.ts';

/** Why a record is set aside. */
export interface Fault {
  readonly code: ErrorCode;
  /** Fields concerned, joined by `, `. */
  readonly field: string | null;
  /** One of `FAULT_DETAILS`; no record content. */
  readonly detail: string;
}

/** Whether PostgreSQL refuses what a record holds: its data (22), a constraint (23), a check option (44) or a trigger (P0). */
export function isRecordFault(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && /^(21|22|23|44|P0)/.test(error.code ?? '');
}

/** Whether the same statement may pass if it is run once more: somebody else was in its way. */
export function mayPassAgain(error: unknown): boolean {
  return error instanceof DatabaseError && /^(40001|40P01|23505)$/.test(error.code ?? '');
}

/** What the error that a single record met says of it. `op` is the record's operation. */
export function faultOf(error: DatabaseError, receiver: Receiver, op: string): Fault {
  const state = error.code ?? '';
  const field = fieldsOf(receiver, error);
  if (state === '22001') return { code: 'value-too-long', field, detail: faultDetail('too-long') };
  if (state === '23502') return { code: 'value-invalid', field, detail: faultDetail('value-needed') };
  if (state.startsWith('22')) return { code: 'value-invalid', field, detail: faultDetail('does-not-fit', state) };
  if (state === '23503' && op !== 'D') return { code: 'unknown-parent', field, detail: faultDetail('parent-missing') };
  if (state === '23503') return { code: 'constraint-violated', field: null, detail: faultDetail('referred-to', error.table ?? 'another table') };
  if (error.constraint !== undefined) return { code: 'constraint-violated', field, detail: faultDetail('constraint', error.constraint) };
  return { code: 'constraint-violated', field, detail: faultDetail('rule', state) };
}

/** The fields behind the column or constraint that an error names. */
function fieldsOf({ key, fields, constraintColumns }: Receiver, { column, constraint }: DatabaseError): string | null {
  const columns = column === undefined ? (constraint === undefined ? undefined : constraintColumns[constraint]) : [column];
  const names = columns?.flatMap((name) => [...key, ...fields].filter((f) => f.column.name === name).map((f) => f.name)) ?? [];
  return names.length === 0 ? null : names.join(', ');
}
