import type { SetAsideDetail, SetAsideRecord } from '../adaptor/data/quarantine/quarantine-rows.ts';
import { table } from './output.ts';

/** Where a record waits. */
const waitsAt = ({ direction }: Pick<SetAsideRecord, 'direction'>): string => (direction === 'reverse' ? 'CRM' : 'cloud');

/** Records set aside, for a terminal; no values. */
export function setAsideTable(records: readonly SetAsideRecord[], { waiting, discarded }: { readonly waiting: number; readonly discarded: number }): string {
  const counts = `${waiting} wait(s), ${discarded} discarded so far.`;
  if (records.length === 0) return `Nothing waits. ${counts}`;
  const rows = records.map((r) => [String(r.id), r.collection, r.key.join(' '), waitsAt(r), r.code, r.field ?? '', r.state, r.createdAt.toISOString()]);
  return [table(['id', 'collection', 'key', 'waits at', 'reason', 'field', 'state', 'since'], rows), counts].join('\n');
}

/** One record set aside, for a terminal, with its values. */
export function setAsideText(record: SetAsideDetail): string {
  const decided = record.resolvedAt === null ? [] : [`  ${record.state} ${record.resolvedAt.toISOString()}${told(record)}`];
  return [
    `${record.collection} ${record.key.join(' ')} at the ${waitsAt(record)}: ${record.state}`,
    `  ${record.code}${record.field === null ? '' : ` (${record.field})`}: ${record.detail}`,
    ...(record.hint === '' ? [] : [`  ${record.hint}`]),
    `  ${{ I: 'new', U: 'changed', D: 'deleted' }[record.op]}${record.actor === null ? '' : ` by ${record.actor}`}, set aside ${record.createdAt.toISOString()} in run ${record.runId ?? '?'}`,
    ...decided,
    ...record.attempts.map((a) => `  ${a.act} by ${a.by} (${a.reason}): ${a.state}${a.errorCode === null ? '' : `, ${a.errorCode}`}`),
    '',
    ...Object.entries(record.record).map(([field, value]) => `${record.changed.includes(field) ? '*' : ' '} ${field}: ${value ?? '(null)'}`),
  ].join('\n');
}

function told({ resolvedBy, resolvedReason }: SetAsideDetail): string {
  return `${resolvedBy === null ? '' : ` by ${resolvedBy}`}${resolvedReason === null ? '' : `: ${resolvedReason}`}`;
}
