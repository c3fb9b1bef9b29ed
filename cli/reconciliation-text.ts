import type { KeptDifference, Reconciliation } from '../adaptor/data/control/reconciliations.ts';
import { table } from './output.ts';

/** A comparison with what it found. */
export interface ShownReconciliation extends Reconciliation {
  readonly found: readonly KeptDifference[];
}

/** So many differences of a collection are printed; `--json` has all that were read. */
const MAX_PRINTED = 50;

const KINDS: Readonly<Record<string, string>> = {
  missing: 'missing at the cloud',
  'deleted-at-cloud': 'deleted at the cloud, and in the CRM',
  extra: 'at the cloud, and not in the CRM',
  'deleted-at-crm': 'deleted in the CRM, and still at the cloud',
  'out-of-scope': 'outside the filter, and still at the cloud',
  altered: 'altered',
};

/** Comparisons for people: one block a collection, its differences by key and field. */
export function reconciliationText(shown: readonly ShownReconciliation[]): string {
  return shown.length === 0 ? 'Nothing was compared yet.' : shown.map(one).join('\n\n');
}

function one(r: ShownReconciliation): string {
  const head = `${r.collection}: ${standing(r)}`;
  const lines = [
    ...(r.crmRecords === null
      ? []
      : [
          `  ${r.crmRecords} records in the CRM, ${r.cloudRecords ?? 0} at the cloud; ${r.questions ?? 0} questions, ${r.wireBytes ?? 0} bytes (${r.hash ?? ''})`,
        ]),
    ...waitingLine(r),
    ...(r.truncated ? ['  There are more: repair these, then compare again.'] : []),
    ...(r.repaired === null ? [] : [`  The repair of ${r.repaired} was queued.`]),
  ];
  return [head, ...lines, ...differenceLines(r.found)].join('\n');
}

function standing({ state, differences, errorCode, finishedAt }: Reconciliation): string {
  if (state === 'failed') return `not compared [${errorCode ?? 'unexpected'}]`;
  if (state !== 'completed') return state === 'asked' ? 'waits for a worker' : 'is being compared';
  const at = finishedAt === null ? '' : ` (${finishedAt.toISOString()})`;
  return differences === 0 ? `no difference${at}` : `${differences ?? 0} record(s) differ${at}`;
}

function waitingLine({ waiting }: Reconciliation): readonly string[] {
  const parts = Object.entries(waiting ?? {}).filter(([, count]) => count > 0);
  return parts.length === 0 ? [] : [`  no differences, but on their way or waiting: ${parts.map(([why, count]) => `${count} ${why}`).join(', ')}`];
}

function differenceLines(found: readonly KeptDifference[]): readonly string[] {
  if (found.length === 0) return [];
  const rows = found
    .slice(0, MAX_PRINTED)
    .map((d) => [
      d.key.join(' '),
      `${KINDS[d.kind] ?? d.kind}${d.fields.length === 0 ? '' : `: ${d.fields.join(', ')}`}${d.receipted && d.kind === 'extra' ? ' (once receipted)' : ''}`,
      d.repair.length > 0 ? d.repair.join(', ') : d.offered ? 'offered' : '',
    ]);
  const more = found.length > MAX_PRINTED ? [`  ... and ${found.length - MAX_PRINTED} more (--json)`] : [];
  return [
    ...table(['key', 'what', 'repair'], rows)
      .split('\n')
      .map((line) => `  ${line}`),
    ...more,
  ];
}
