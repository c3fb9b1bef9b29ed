import { Readable } from 'node:stream';
import type { CollectionPlan } from '../plan.ts';
import { prepared } from '../prepared.ts';
import { encodeRecords, encodeValue } from '../csv-records.ts';
import type { TableShape } from '../introspection.ts';
import type { WindowPhase } from './prepared-window.ts';
import { STAGE_COLUMNS, netEffect } from './net-effect.ts';
import type { OpenSnapshot } from './snapshot.ts';
import { type StagedWindow, type WindowRange, planBy, wireSelection } from './window-stage.ts';

/** A window of a few log rows, in memory. */
export interface SmallWindow extends StagedWindow {
  /** The wire rows of a phase. */
  readonly rows: (phase: WindowPhase) => Readable;
}

/** One row as PostgreSQL gives it: operation, changed, base, actor, fields, all as text. */
type WireRow = readonly (string | null)[];

const OPS: Readonly<Record<WindowPhase, readonly string[]>> = { all: ['I', 'U', 'D'], upserts: ['I', 'U'], tombstones: ['D'] };

/**
 * Reads a window of a few log rows with its records in one statement: nothing is staged, and nothing has to be planned anew. For the
 * many windows that are one edit of one user.
 */
export async function readSmallWindow(
  open: Pick<OpenSnapshot, 'client' | 'stage'>,
  plan: CollectionPlan,
  shape: TableShape,
  { source, from, to, withBase }: WindowRange,
): Promise<SmallWindow> {
  const text = `WITH staged (${STAGE_COLUMNS}) AS MATERIALIZED (${netEffect(plan, shape, { withBase, logIsStaged: false })})
${wireSelection(plan, shape, 'SELECT * FROM staged')}`;
  await planBy(open, 'lookups');
  const query = open.client.query.bind(open.client) as unknown as (config: object) => Promise<{ rows: WireRow[] }>;
  const { rows } = await query({ ...prepared(text, [source, from, to, plan.linkName]), rowMode: 'array' });
  const count = (...ops: readonly string[]): number => rows.filter(([op]) => ops.includes(op ?? '')).length;
  return {
    upserts: count('I', 'U'),
    tombstones: count('D'),
    filtered: count('F'),
    small: true,
    toKey: null,
    following: { rows: 0, tombstones: 0 },
    rows: (phase) => {
      const records = rows.filter(([op]) => OPS[phase].includes(op ?? '')).map((row) => row.map(encodeValue));
      return Readable.from(records.length === 0 ? [] : [encodeRecords(records)], { objectMode: false });
    },
  };
}
