import { NOTHING } from '../planning/plan-forward.ts';
import type { CollectionForecast, PlannedDifference } from '../planning/plan-rows.ts';
import { type CollectionPlan, columnOf } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import type { ReleasedRecord } from '../release/released-record.ts';
import { planUndo } from './plan-undo.ts';
import type { RunEffect } from './run-effects.ts';
import type { UndoRefusal } from './undo-records.ts';

/** What an undo would do to one collection. Records that it would leave alone count as `quarantined`, with the reason as their code. */
export interface UndoForecast {
  readonly forecast: CollectionForecast;
  /** Those left alone first; then what is put back, field by field: `before` is what is there now. */
  readonly differences: readonly PlannedDifference[];
}

/**
 * Works out what undoing a run would put back, without allowing it: no undo is written down and no release signed. Of each collection
 * `sample` records that are put back are shown, and as many that are left alone. Throws as `planUndo` does.
 */
export async function previewUndo(
  client: Queryable,
  plans: readonly CollectionPlan[],
  undo: { readonly link: string; readonly run: string; readonly requestedBy: string },
  sample: number,
): Promise<readonly UndoForecast[]> {
  const { collections, effects } = await planUndo(client, plans, undo);
  const did = new Map(effects.map((effect) => [nameOf(effect), effect]));
  return collections.map(({ plan, records, refusals }) => {
    const count = (op: ReleasedRecord['op']): number => records.filter((record) => record.op === op).length;
    const counts = { insert: count('I'), update: count('U'), delete: count('D'), quarantined: refusals.length };
    return {
      forecast: { ...NOTHING, collection: plan.definition.name, ...counts },
      differences: [
        ...refusals.slice(0, sample).map((refusal) => leftAlone(refusal, did.get(nameOf(refusal)))),
        ...records.slice(0, sample).flatMap((record) => putBack(plan, record, did.get(nameOf(record)))),
      ],
    };
  });
}

const nameOf = ({ collection, key }: { readonly collection: string; readonly key: readonly string[] }): string => JSON.stringify([collection, key]);

/** What the undo would have done to the record, and why it does not. */
function leftAlone({ collection, key, code }: UndoRefusal, effect: RunEffect | undefined): PlannedDifference {
  const op = effect?.existed === false ? 'D' : effect?.exists === false ? 'I' : 'U';
  return { collection, key, op, outcome: 'quarantined', field: null, before: null, after: null, code };
}

function putBack(plan: CollectionPlan, { collection, key, op, record }: ReleasedRecord, effect: RunEffect | undefined): readonly PlannedDifference[] {
  const common = { collection, key, op, code: null } as const;
  if (op === 'D') return [{ ...common, outcome: 'delete', field: null, before: null, after: null }];
  const outcome = op === 'I' ? 'insert' : 'update';
  const fields = Object.entries(record).filter(([, value]) => op === 'U' || value !== null);
  return fields.map(([field, after]) => ({ ...common, outcome, field, before: wireWord(plan, field, effect?.after[field] ?? null), after }));
}

/** A value of the CRM's column in the word that the wire has for it. */
function wireWord(plan: CollectionPlan, field: string, value: string | null): string | null {
  const words = Object.entries(columnOf(plan, field)?.enumeration ?? {});
  return words.find(([, own]) => own === value)?.[0] ?? value;
}
