import type { Conflict, ConflictDetail } from '../adaptor/data/conflicts/conflict-rows.ts';
import { table } from './output.ts';

const STANDS = { crm: 'CRM', cloud: 'cloud', value: 'another', review: 'CRM, waits' } as const;

/** Conflicts for a terminal; no values. */
export function conflictTable(conflicts: readonly Conflict[]): string {
  if (conflicts.length === 0) return 'No conflict waits.';
  const rows = conflicts.map((c) => [String(c.id), c.collection, c.key.join(' '), c.field ?? '(record)', c.kind, STANDS[c.outcome], c.createdAt.toISOString()]);
  return table(['id', 'collection', 'key', 'field', 'kind', 'stands', 'since'], rows);
}

/** One conflict for a terminal, with both values. */
export function conflictText(conflict: ConflictDetail): string {
  const { decidedAt, decidedBy, decidedReason } = conflict;
  return [
    `${conflict.collection} ${conflict.key.join(' ')}${conflict.field === null ? '' : `, ${conflict.field}`}: ${conflict.kind}`,
    `  what stands: ${STANDS[conflict.outcome]}${decidedAt === null ? '' : `, by ${decidedBy ?? '?'} ${decidedAt.toISOString()}: ${decidedReason ?? ''}`}`,
    `  changed in the cloud by ${conflict.actor ?? '?'}, run ${conflict.runId ?? '?'}, ${conflict.createdAt.toISOString()}`,
    `  CRM:   ${told(conflict.crmValue)}`,
    `  cloud: ${told(conflict.cloudValue)}`,
  ].join('\n');
}

const told = (value: unknown): string => (typeof value === 'string' ? value : value === null ? '(none)' : JSON.stringify(value));
