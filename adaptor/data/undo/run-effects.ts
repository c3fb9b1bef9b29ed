import { OWN_KEY } from '../ledger/own-key.ts';
import type { LedgerValues } from './ledger-values.ts';

type Values = Readonly<Record<string, string | null>>;

/** What a run did to one record, all its entries together. */
export interface RunEffect {
  readonly collection: string;
  readonly key: readonly string[];
  /** Whether the record was there before the run, and after it. */
  readonly existed: boolean;
  readonly exists: boolean;
  /** Fields that the run changed: text before the first change (of a record that went, all of them), and after the last. */
  readonly before: Values;
  readonly after: Values;
  /** Of a record that went from a table that makes its keys: the one that it had, as a JSON array. */
  readonly ownKey: string | undefined;
  /** The last entry, and its batch. */
  readonly lastId: number;
  readonly batchId: string;
  /** Whether values that an undo needs were destroyed. */
  readonly gone: boolean;
}

/** Joins the entries of a run record by record; records that are as they were before are left out. */
export function runEffects(entries: readonly LedgerValues[]): readonly RunEffect[] {
  const effects = new Map<string, RunEffect>();
  for (const entry of entries) {
    const name = JSON.stringify([entry.collection, entry.key]);
    const known = effects.get(name);
    const { collection, key, op, after, batchId, id } = entry;
    const { [OWN_KEY]: own, ...before } = entry.before ?? {};
    effects.set(name, {
      collection,
      key,
      existed: known?.existed ?? op !== 'I',
      exists: op !== 'D',
      // What was read first is what it was; what was written last is what it became.
      before: { ...before, ...known?.before },
      after: op === 'D' ? {} : { ...known?.after, ...after },
      ownKey: known?.ownKey ?? own ?? undefined,
      lastId: id,
      batchId,
      gone: (known?.gone ?? false) || (op !== 'I' && entry.before === null) || (op !== 'D' && after === null),
    });
  }
  return [...effects.values()].filter((effect) => effect.gone || changes(effect));
}

function changes({ existed, exists, before, after }: RunEffect): boolean {
  if (existed !== exists) return true;
  return exists && Object.keys(after).some((field) => after[field] !== before[field]);
}
