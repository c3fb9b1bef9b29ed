import { TidegateError } from '../../../exchange/errors.ts';
import type { ReleaseOrder } from '../../../exchange/release.ts';
import { changeableFields, returningFields } from '../../../exchange/collection.ts';
import type { CollectionPlan } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { type ReleasedRecord, changedFields } from '../release/released-record.ts';
import { readLedgerValues } from './ledger-values.ts';
import { type RunEffect, runEffects } from './run-effects.ts';
import { type UndoRefusal, type UndoneRecords, undoneRecords } from './undo-records.ts';
import type { StoredUndo } from './undo-rows.ts';

/** Greatest number of ledger entries of a run that one undo takes back. */
export const MAX_UNDONE = 20_000;

/** What an undo would write, collection by collection, parents first. */
export interface UndoContent {
  readonly collections: readonly (UndoneRecords & { readonly plan: CollectionPlan })[];
  /** All records that it writes, in the order in which the release's digest holds them. */
  readonly records: readonly ReleasedRecord[];
  readonly refusals: readonly UndoRefusal[];
  /** What the run did, record by record. */
  readonly effects: readonly RunEffect[];
}

/**
 * Works out what undoing a run would write, from the ledger and from the records as they are now. Nothing is changed. Throws
 * `undo-too-large`, `collection-unknown` (a collection of the run is no longer configured).
 */
export async function planUndo(
  client: Queryable,
  plans: readonly CollectionPlan[],
  undo: Pick<StoredUndo, 'link' | 'run' | 'requestedBy'>,
): Promise<UndoContent> {
  const entries = await readLedgerValues(client, undo.link, undo.run, MAX_UNDONE + 1);
  if (entries.length > MAX_UNDONE) throw new TidegateError('undo-too-large', `More than ${MAX_UNDONE} changes.`, { run: undo.run });
  const effects = runEffects(entries);
  const names = [...new Set(effects.map(({ collection }) => collection))];
  const unknown = names.find((name) => !plans.some(({ definition }) => definition.name === name));
  if (unknown !== undefined) throw new TidegateError('collection-unknown', undefined, { collection: unknown });
  const collections: (UndoneRecords & { plan: CollectionPlan })[] = [];
  for (const plan of plans.filter(({ definition }) => names.includes(definition.name))) {
    collections.push({ plan, ...(await undoneRecords(client, plan, effects, undo.requestedBy)) });
  }
  return {
    collections,
    records: collections.flatMap(({ records }) => records),
    refusals: collections.flatMap(({ refusals }) => refusals),
    effects,
  };
}

/** What a release has to order for an undo: of each collection its records with their keys here, and apart from them those that get new ones. */
export function undoOrders({ collections }: UndoContent): readonly ReleaseOrder[] {
  return collections.flatMap(({ plan, records, localKeys }) => {
    // Sealed fields come back with their record, and at no other time.
    const may: Readonly<Record<'I' | 'U' | 'D', readonly string[]>> = {
      I: returningFields(plan.definition),
      U: changeableFields(plan.definition, 'cloud'),
      D: [],
    };
    const mayChange = [...new Set(records.flatMap((record) => changedFields(plan, record).filter((field) => may[record.op].includes(field))))].toSorted();
    const order = (chosen: readonly number[], isNew: boolean): readonly ReleaseOrder[] => {
      const own = chosen.flatMap((i) => records[i] ?? []);
      if (own.length === 0) return [];
      const operations = [...new Set(own.flatMap(({ op }) => (op === 'I' ? (['I', 'U'] as const) : [op])))];
      const keys = own.map(({ key }) => [...key]);
      const here = isNew ? null : chosen.map((i) => [...(localKeys[i] ?? [])]);
      return [{ collection: plan.definition.name, fields: [...mayChange], operations: isNew ? ['I'] : operations, keys, localKeys: here }];
    };
    const places = records.map((_, i) => i);
    return [
      ...order(
        places.filter((i) => localKeys[i] != null),
        false,
      ),
      ...order(
        places.filter((i) => localKeys[i] == null),
        true,
      ),
    ];
  });
}
